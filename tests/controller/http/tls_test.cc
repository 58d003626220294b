#include <gtest/gtest.h>

#include <string>

#include "tests/controller/http/client_fixture.h"
#include "tests/controller/http/raw_server.h"

namespace instanced {
namespace {

class TlsTest : public HttpClientTest {
 protected:
  void Trust(TlsOptions tls) {
    HttpClientOptions options;
    options.tls = std::move(tls);
    Configure(options);
  }
  static RawServer::Script Echo() {
    return [](RawConnection& connection) {
      while (!connection.ReadRequest().empty()) connection.Write(PlainAnswer("secret"));
    };
  }
  static void ExpectRefused(const Outcome& outcome) {
    ASSERT_FALSE(outcome);
    EXPECT_EQ(ToString(outcome.error().failure), ToString(HttpFailure::kTls));
    EXPECT_EQ(outcome.error().reach, Reach::kNotSent);
  }

  TestAuthority authority_;
};

TEST_F(TlsTest, TrustedServerIsSpokenToOnOneConnection) {
  RawServer server(Echo(), RawTls{authority_.Issue("IP:127.0.0.1"), ""});
  Trust({.ca_pem = authority_.ca_pem()});

  EXPECT_EQ(Get(server.origin())->body, "secret");
  EXPECT_EQ(Get(server.origin())->body, "secret");
  EXPECT_EQ(server.connections(), 1);
}

TEST_F(TlsTest, ExtraAuthorityIsTrustedBesideTheSystems) {
  RawServer server(Echo(), RawTls{authority_.Issue("IP:127.0.0.1"), ""});
  Trust({.extra_ca_pem = authority_.ca_pem()});

  EXPECT_TRUE(Get(server.origin()));
}

TEST_F(TlsTest, UntrustedAuthorityIsRefusedBeforeTheRequest) {
  RawServer server(Echo(), RawTls{authority_.Issue("IP:127.0.0.1"), ""});
  const TestAuthority other;
  Trust({.ca_pem = other.ca_pem()});

  ExpectRefused(Get(server.origin()));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(TlsTest, WrongNameIsRefusedBeforeTheRequest) {
  RawServer server(Echo(), RawTls{authority_.Issue("DNS:other.test"), ""});
  Trust({.ca_pem = authority_.ca_pem()});

  ExpectRefused(Get(server.origin()));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(TlsTest, ExpiredCertificateIsRefusedBeforeTheRequest) {
  RawServer server(Echo(), RawTls{authority_.Issue("IP:127.0.0.1", Validity::kExpired), ""});
  Trust({.ca_pem = authority_.ca_pem()});

  const auto outcome = Get(server.origin());

  ExpectRefused(outcome);
  EXPECT_TRUE(outcome.error().message.contains("expired")) << outcome.error().message;
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(TlsTest, AnotherAuthorityCountsFromTheNextConnectionOn) {
  RawServer server(Echo(), RawTls{authority_.Issue("IP:127.0.0.1"), ""});
  const TestAuthority other;
  Trust({.ca_pem = authority_.ca_pem()});
  EXPECT_TRUE(Get(server.origin()));

  EXPECT_FALSE(client_->UseTls({.ca_pem = "no certificate"}));
  EXPECT_TRUE(Get(server.origin())) << "what is not usable changes nothing";
  ASSERT_TRUE(client_->UseTls({.ca_pem = other.ca_pem()}));
  ExpectRefused(Get(server.origin()));
  server.UseTls({other.Issue("IP:127.0.0.1"), ""});
  EXPECT_TRUE(Get(server.origin()));
}

TEST_F(TlsTest, ServerNameReplacesTheHostInTheCheck) {
  RawServer server(Echo(), RawTls{authority_.Issue("DNS:cloud.test"), ""});
  Trust({.ca_pem = authority_.ca_pem(), .server_name = "cloud.test"});

  EXPECT_TRUE(Get(server.origin()));
}

TEST_F(TlsTest, ClientCertificateIsShown) {
  RawServer server(Echo(), RawTls{authority_.Issue("IP:127.0.0.1"), authority_.ca_pem()});
  const Identity me = authority_.Issue("DNS:me.test");
  Trust({.ca_pem = authority_.ca_pem(),
         .client_cert_pem = me.cert_pem,
         .client_key_pem = me.key_pem});

  EXPECT_TRUE(Get(server.origin()));
}

TEST_F(TlsTest, ServerThatWantsACertificateRefusesUsWithoutOne) {
  RawServer server(Echo(), RawTls{authority_.Issue("IP:127.0.0.1"), authority_.ca_pem()});
  Trust({.ca_pem = authority_.ca_pem()});

  EXPECT_FALSE(Get(server.origin()));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(TlsTest, BodyCutWithoutACloseNotifyIsClosed) {
  RawServer server(
      [](RawConnection& connection) {
        connection.ReadRequest();
        connection.Write("HTTP/1.1 200 OK\r\n\r\nhalf");
        connection.Reset();
        connection.Abandon();
      },
      RawTls{authority_.Issue("IP:127.0.0.1"), ""});
  Trust({.ca_pem = authority_.ca_pem()});

  const auto outcome = Get(server.origin());

  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().failure, HttpFailure::kClosed);
}

TEST_F(TlsTest, UnusableOptionsAreValidationErrorsWithoutTheKey) {
  const Identity me = authority_.Issue("DNS:me.test");
  for (const TlsOptions& tls :
       {TlsOptions{.ca_pem = "no certificate"}, TlsOptions{.client_cert_pem = me.cert_pem},
        TlsOptions{.client_cert_pem = me.cert_pem, .client_key_pem = "hunter2"}}) {
    HttpClientOptions options;
    options.tls = tls;
    const auto created = BeastHttpClient::Create(loop_, options);
    ASSERT_FALSE(created);
    EXPECT_EQ(created.error().error_class, ErrorClass::kValidation);
    EXPECT_FALSE(created.error().message.contains("hunter2"));
  }
}

}  // namespace
}  // namespace instanced
