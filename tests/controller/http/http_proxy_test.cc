#include <gtest/gtest.h>

#include <string>

#include "tests/controller/http/client_fixture.h"
#include "tests/controller/http/raw_server.h"

namespace instanced {
namespace {

class HttpProxyTest : public HttpClientTest {
 protected:
  void Use(const RawServer& proxy) {
    HttpClientOptions options;
    options.tls.ca_pem = authority_.ca_pem();
    const Proxy through{proxy.origin(), "me:pass"};
    options.proxy = {through, through, {}};
    Configure(options);
  }

  TestAuthority authority_;
};

TEST_F(HttpProxyTest, PlainRequestsGoInTheAbsoluteForm) {
  RawServer proxy([](RawConnection& connection) {
    while (!connection.ReadRequest().empty()) connection.Write(PlainAnswer("proxied"));
  });
  Use(proxy);

  ASSERT_EQ(Get({Scheme::kHttp, "cloud.test", 8080})->body, "proxied");

  EXPECT_EQ(proxy.requests().at(0),
            "GET http://cloud.test:8080/path?q=1 HTTP/1.1\r\nHost: cloud.test:8080\r\n"
            "X-Test: yes\r\nProxy-Authorization: Basic bWU6cGFzcw==\r\n\r\n");
}

TEST_F(HttpProxyTest, TlsGoesThroughATunnelAndIsVerifiedEndToEnd) {
  const auto context = ServerContext({authority_.Issue("DNS:cloud.test"), ""});
  std::string connect;
  RawServer proxy([&](RawConnection& connection) {
    connect = connection.ReadHead();
    connection.Write("HTTP/1.1 200 Connection established\r\n\r\n");
    if (!connection.StartTls(*context)) return;
    while (!connection.ReadRequest().empty()) connection.Write(PlainAnswer("tunnelled"));
  });
  Use(proxy);

  EXPECT_EQ(Get({Scheme::kHttps, "cloud.test", 443})->body, "tunnelled");
  EXPECT_EQ(Get({Scheme::kHttps, "cloud.test", 443})->body, "tunnelled");

  EXPECT_EQ(connect,
            "CONNECT cloud.test:443 HTTP/1.1\r\nHost: cloud.test:443\r\n"
            "Proxy-Authorization: Basic bWU6cGFzcw==\r\n\r\n");
  EXPECT_EQ(proxy.connections(), 1);
  EXPECT_FALSE(proxy.requests().at(0).contains("Proxy-Authorization"));
}

TEST_F(HttpProxyTest, RefusedTunnelIsNotSent) {
  for (const char* answer : {"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n", "not http\r\n\r\n",
                             "", "HTTP/1.1 200 OK\r\n\r\nearly bytes"}) {
    RawServer proxy([answer](RawConnection& connection) {
      connection.ReadHead();
      connection.Write(answer);
    });
    Use(proxy);

    const auto outcome = Get({Scheme::kHttps, "cloud.test", 443});

    ASSERT_FALSE(outcome) << answer;
    EXPECT_EQ(ToString(outcome.error().failure), ToString(HttpFailure::kProxy)) << answer;
    EXPECT_EQ(outcome.error().reach, Reach::kNotSent);
    EXPECT_FALSE(outcome.error().message.contains("pass"));
  }
}

}  // namespace
}  // namespace instanced
