#include "controller/http/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <string>

#include "tests/controller/http/client_fixture.h"
#include "tests/controller/http/test_certificates.h"

namespace instanced {
namespace {

HttpResponse Text(std::string body) { return {200, {{"Content-Type", "text/plain"}}, body}; }

std::vector<HttpRoute> Routes() {
  return {
      {HttpMethod::kGet, "/healthz", [](const ServerRequest&) { return Text("ok"); }},
      {HttpMethod::kGet, "/api",
       [](const ServerRequest& r) { return Text(r.path + "?" + r.query); }},
      {HttpMethod::kPost, "/api/echo", [](const ServerRequest& r) { return Text(r.body); }},
      {HttpMethod::kGet, "/throws",
       [](const ServerRequest&) -> HttpResponse { throw std::runtime_error("hunter2"); }},
  };
}

TEST(FindRoute, LongestPrefixOnASegmentBoundaryWins) {
  const auto answer = [](const char* name) {
    return [name](const ServerRequest&) { return Text(name); };
  };
  const std::vector<HttpRoute> routes = {{HttpMethod::kGet, "/", answer("root")},
                                         {HttpMethod::kGet, "/a", answer("a")},
                                         {HttpMethod::kGet, "/a/b", answer("ab")}};
  const auto found = [&](const char* path) {
    return (*FindRoute(routes, HttpMethod::kHead, path))->path_prefix;
  };

  EXPECT_EQ(found("/a/b/c"), "/a/b");
  EXPECT_EQ(found("/a/bc"), "/a");
  EXPECT_EQ(found("/ab"), "/");
  EXPECT_EQ(FindRoute(routes, HttpMethod::kPost, "/a").error(), RouteMiss::kWrongMethod);
}

class HttpServerTest : public HttpClientTest {
 protected:
  HttpServerTest() {
    HttpServerOptions options;
    options.body_bytes_max = 100;
    auto started = HttpServer::Start(options, Routes());
    if (started) server_ = std::move(*started);
  }
  void SetUp() override { ASSERT_TRUE(server_); }

  Outcome Call(HttpMethod method, std::string target, std::string body = {}) {
    HttpRequest request = Request({Scheme::kHttp, "127.0.0.1", server_->port()}, method, body);
    request.target = std::move(target);
    return Send(std::move(request));
  }
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, RoutesAnswerByMethodAndPath) {
  EXPECT_EQ(Call(HttpMethod::kGet, "/healthz")->body, "ok");
  EXPECT_EQ(Call(HttpMethod::kGet, "/api/x?y=z")->body, "/api/x?y=z");
  EXPECT_EQ(Call(HttpMethod::kPost, "/api/echo", "hello")->body, "hello");
  EXPECT_EQ(Call(HttpMethod::kGet, "/nothing")->status, 404);
  EXPECT_EQ(Call(HttpMethod::kDelete, "/healthz")->status, 405);
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  const auto outcome = Call(HttpMethod::kHead, "/healthz");

  EXPECT_EQ(outcome->status, 200);
  EXPECT_EQ(outcome->body, "");
}

TEST_F(HttpServerTest, BodyOverItsBoundIsRefused) {
  EXPECT_EQ(Call(HttpMethod::kPost, "/api/echo", std::string(101, 'x'))->status, 413);
  EXPECT_EQ(Call(HttpMethod::kPost, "/api/echo", std::string(100, 'x'))->status, 200);
}

TEST_F(HttpServerTest, HandlerThatThrowsIsAnErrorWithoutItsText) {
  const auto outcome = Call(HttpMethod::kGet, "/throws");

  EXPECT_EQ(outcome->status, 500);
  EXPECT_FALSE(outcome->body.contains("hunter2"));
}

TEST_F(HttpServerTest, PortInUseIsAnError) {
  const auto second = HttpServer::Start({.port = server_->port()}, Routes());

  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().error_class, ErrorClass::kTerminal);
}

TEST_F(HttpServerTest, ClosedServerRefusesAndItsPortIsFree) {
  const std::uint16_t port = server_->port();
  server_->Close();
  server_->Close();

  EXPECT_EQ(Call(HttpMethod::kGet, "/healthz").error().failure, HttpFailure::kConnect);
  EXPECT_TRUE(HttpServer::Start({.port = port}, Routes()));
}

TEST_F(HttpServerTest, SpeaksTlsWithTheGivenCertificate) {
  const TestAuthority authority;
  const auto identity = authority.Issue("IP:127.0.0.1");
  HttpServerOptions options;
  options.tls = ServerTls{identity.cert_pem, identity.key_pem};
  const auto server = HttpServer::Start(options, Routes());
  ASSERT_TRUE(server) << server.error().message;
  const auto ask = [&](Scheme scheme) {
    HttpRequest request = Request({scheme, "127.0.0.1", (*server)->port()}, HttpMethod::kGet, {});
    request.target = "/healthz";
    return Send(std::move(request));
  };
  EXPECT_EQ(ask(Scheme::kHttps).error().failure, HttpFailure::kTls) << "not trusted yet";
  HttpClientOptions trusting;
  trusting.tls.ca_pem = authority.ca_pem();
  Configure(trusting);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(ask(Scheme::kHttps)->body, "ok");
  const auto plain = ask(Scheme::kHttp);
  EXPECT_FALSE(plain && plain->status == 200) << "nothing is answered in the clear";
}

TEST_F(HttpServerTest, CertificateThatCannotBeUsedIsToldAtTheStart) {
  const TestAuthority authority;
  const auto one = authority.Issue("IP:127.0.0.1");
  const auto other = authority.Issue("IP:127.0.0.1");
  for (const ServerTls& tls :
       {ServerTls{"no certificate", one.key_pem}, ServerTls{one.cert_pem, "no key"},
        ServerTls{one.cert_pem, other.key_pem}}) {
    HttpServerOptions options;
    options.tls = tls;
    const auto server = HttpServer::Start(options, Routes());
    ASSERT_FALSE(server);
    EXPECT_EQ(server.error().error_class, ErrorClass::kValidation);
    EXPECT_FALSE(server.error().message.contains("PRIVATE"));
  }
}

}  // namespace
}  // namespace instanced
