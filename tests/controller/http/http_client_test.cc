#include "controller/http/http_client.h"

#include <gtest/gtest.h>

#include "controller/http/proxy.h"
#include "controller/http/request_text.h"

namespace instanced {
namespace {

TEST(ParseEndpoint, GivesOriginAndPath) {
  const auto endpoint = ParseEndpoint("https://cloud.test:8443/base/");

  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->origin, (HttpOrigin{Scheme::kHttps, "cloud.test", 8443}));
  EXPECT_EQ(endpoint->base_path, "/base");
}

TEST(ParseEndpoint, FillsInTheSchemesPort) {
  EXPECT_EQ(ParseEndpoint("http://cloud.test")->origin.port, 80);
  EXPECT_EQ(ParseEndpoint("https://cloud.test/")->origin.port, 443);
  EXPECT_EQ(ParseEndpoint("https://cloud.test/")->base_path, "");
}

TEST(ParseEndpoint, TakesAddressesInBrackets) {
  const auto endpoint = ParseEndpoint("http://[::1]:81/x");

  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->origin, (HttpOrigin{Scheme::kHttp, "::1", 81}));
  EXPECT_EQ(HostHeader(endpoint->origin), "[::1]:81");
}

TEST(ParseEndpoint, RefusesWhatIsNoPlainEndpoint) {
  for (const char* url : {"", "cloud.test", "ftp://cloud.test", "https://", "https://:80",
                          "https://a:0", "https://a:65536", "https://a:8x", "https://a:",
                          "https://a b", "https://a/?q", "https://a/#f", "https://a\r\nb",
                          "https://[::1", "https://[zz]", "https://a,b", "https://[::1]80"}) {
    const auto endpoint = ParseEndpoint(url);
    ASSERT_FALSE(endpoint) << url;
    EXPECT_EQ(endpoint.error().error_class, ErrorClass::kValidation);
  }
}

TEST(ParseEndpoint, NeverQuotesUserInfo) {
  const auto endpoint = ParseEndpoint("https://me:hunter2@cloud.test");

  ASSERT_FALSE(endpoint);
  EXPECT_FALSE(endpoint.error().message.contains("hunter2"));
}

TEST(HostHeader, LeavesOutTheSchemesOwnPort) {
  EXPECT_EQ(HostHeader({Scheme::kHttps, "a", 443}), "a");
  EXPECT_EQ(HostHeader({Scheme::kHttp, "a", 443}), "a:443");
}

TEST(FindHeader, ComparesNamesWithoutCaseAndGivesTheFirst) {
  const HttpHeaders headers{{"X-A", "1"}, {"x-a", "2"}};

  EXPECT_EQ(FindHeader(headers, "x-A"), "1");
  EXPECT_EQ(FindHeader(headers, "X-B"), "");
}

ProxySettings Settings(std::vector<std::string> no_proxy) {
  const Proxy proxy{{Scheme::kHttp, "proxy.test", 3128}, ""};
  return {proxy, proxy, std::move(no_proxy)};
}

bool Direct(const ProxySettings& settings, const std::string& host, std::uint16_t port = 443) {
  return ProxyFor(settings, {Scheme::kHttps, host, port}) == nullptr;
}

TEST(ProxyFor, LoopbackIsReachedDirectly) {
  EXPECT_TRUE(Direct(Settings({}), "127.0.0.9"));
  EXPECT_TRUE(Direct(Settings({}), "::1"));
  EXPECT_TRUE(Direct(Settings({}), "localhost"));
  EXPECT_FALSE(Direct(Settings({}), "cloud.test"));
}

// A proxy would ask its own host's metadata service, and be shown the tokens.
TEST(ProxyFor, MetadataAndContainerCredentialEndpointsAreReachedDirectly) {
  for (const char* host : {"169.254.169.254", "169.254.170.2", "169.254.170.23", "100.100.100.200",
                           "fd00:ec2::254", "fd00:ec2::23", "fe80::1"}) {
    EXPECT_TRUE(Direct(Settings({}), host, 80)) << host;
  }
  for (const char* host : {"169.253.0.1", "100.100.100.201", "fd00:ec3::254"}) {
    EXPECT_FALSE(Direct(Settings({}), host, 80)) << host;
  }
}

TEST(ProxyFor, NoProxyMatchesNamesSubdomainsPortsAndBlocks) {
  EXPECT_TRUE(Direct(Settings({"*"}), "cloud.test"));
  EXPECT_TRUE(Direct(Settings({"cloud.test"}), "Cloud.test"));
  EXPECT_TRUE(Direct(Settings({"cloud.test"}), "a.cloud.test"));
  EXPECT_FALSE(Direct(Settings({"cloud.test"}), "mycloud.test"));
  EXPECT_TRUE(Direct(Settings({".cloud.test"}), "a.cloud.test"));
  EXPECT_FALSE(Direct(Settings({".cloud.test"}), "cloud.test"));
  EXPECT_TRUE(Direct(Settings({"*.cloud.test"}), "a.cloud.test"));
  EXPECT_TRUE(Direct(Settings({"cloud.test:8443"}), "cloud.test", 8443));
  EXPECT_FALSE(Direct(Settings({"cloud.test:8443"}), "cloud.test", 443));
  EXPECT_TRUE(Direct(Settings({"10.0.0.0/8"}), "10.200.0.1"));
  EXPECT_FALSE(Direct(Settings({"10.0.0.0/8"}), "11.0.0.1"));
  EXPECT_TRUE(Direct(Settings({"fd00::/8"}), "fd12::1"));
  EXPECT_FALSE(Direct(Settings({"10.0.0.0/99"}), "10.0.0.1"));
  EXPECT_FALSE(Direct(Settings({""}), "cloud.test"));
}

TEST(ProxyFor, EachSchemeHasItsOwn) {
  ProxySettings settings = Settings({});
  settings.for_https.reset();

  EXPECT_EQ(ProxyFor(settings, {Scheme::kHttps, "a", 443}), nullptr);
  EXPECT_NE(ProxyFor(settings, {Scheme::kHttp, "a", 80}), nullptr);
}

TEST(RequestHead, ReplacesWhatIsTheClients) {
  HttpRequest request{HttpMethod::kPost, {Scheme::kHttp, "a", 81}, "/x", {}, "12345"};
  request.headers = {
      {"host", "evil"}, {"CONTENT-LENGTH", "1"}, {"Transfer-Encoding", "chunked"}, {"X-A", "b"}};

  EXPECT_EQ(RequestHead(request, nullptr),
            "POST /x HTTP/1.1\r\nHost: a:81\r\nX-A: b\r\nContent-Length: 5\r\n\r\n");
}

TEST(RequestHead, EmptyBodyHasALengthOnlyWhereOneIsExpected) {
  const auto head = [](HttpMethod method) {
    return RequestHead({method, {Scheme::kHttp, "a", 80}, "/", {}, ""}, nullptr);
  };

  EXPECT_TRUE(head(HttpMethod::kPost).contains("Content-Length: 0"));
  EXPECT_TRUE(head(HttpMethod::kPut).contains("Content-Length: 0"));
  EXPECT_FALSE(head(HttpMethod::kGet).contains("Content-Length"));
  EXPECT_FALSE(head(HttpMethod::kDelete).contains("Content-Length"));
}

TEST(CheckRequest, RefusesEverythingThatCouldSmuggleASecondRequest) {
  const HttpRequest sound{HttpMethod::kGet, {Scheme::kHttp, "a", 80}, "/", {{"A", "b"}}, ""};
  EXPECT_FALSE(CheckRequest(sound));

  for (const char* target : {"", "x", "/a b", "/a\r\n", "/\x7f", "/\xc3\xa4"}) {
    HttpRequest request = sound;
    request.target = target;
    EXPECT_TRUE(CheckRequest(request)) << target;
  }
  for (const auto& header : HttpHeaders{{"", "x"}, {"A b", "x"}, {"A:", "x"}, {"A", "x\r\nB: c"}}) {
    HttpRequest request = sound;
    request.headers = {header};
    EXPECT_TRUE(CheckRequest(request)) << header.first;
  }
}

TEST(CheckRequest, NeverQuotesAHeaderValue) {
  const HttpRequest request{
      HttpMethod::kGet, {Scheme::kHttp, "a", 80}, "/", {{"Authorization", "hunter2\n"}}, ""};

  EXPECT_FALSE(CheckRequest(request)->contains("hunter2"));
}

}  // namespace
}  // namespace instanced
