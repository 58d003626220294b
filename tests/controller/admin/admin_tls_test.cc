// The control API on TCP: who gets in, and who may change something.
#include <gmock/gmock.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "api/admin/v1/admin.grpc.pb.h"
#include "controller/admin/admin_server.h"
#include "tests/controller/admin/fake_backend.h"
#include "tests/controller/admin/socket_folder.h"
#include "tests/controller/http/test_certificates.h"

namespace instanced {
namespace {

namespace v1 = admin::v1;
using ::testing::AllOf;
using ::testing::HasSubstr;

class AdminTlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const Identity own = authority_.Issue("DNS:localhost,IP:127.0.0.1");
    AdminTls tls{"127.0.0.1:0", own.cert_pem, own.key_pem, authority_.ca_pem(), {}};
    tls.rules.operators = {"ada.test"};
    tls.rules.readers = {"eve.test"};
    auto server = AdminServer::Start(folder_.socket(), backend_, clock_, {std::move(tls), {}});
    ASSERT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
    BrakeReport brake;
    brake.id = "b-1";
    brake.held.push_back({Kind::kConnectInstance, "default", "desk"});
    backend_.Hold(brake);
  }

  std::unique_ptr<v1::Admin::Stub> As(const Identity& client) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = authority_.ca_pem();
    options.pem_cert_chain = client.cert_pem;
    options.pem_private_key = client.key_pem;
    return v1::Admin::NewStub(grpc::CreateChannel("localhost:" + std::to_string(server_->port()),
                                                  grpc::SslCredentials(options)));
  }
  static grpc::Status Look(v1::Admin::Stub& stub) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::BrakesResponse answer;
    return stub.Brakes(&context, {}, &answer);
  }
  static grpc::Status Approve(v1::Admin::Stub& stub, v1::ApproveResponse& answer) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::ApproveRequest request;
    request.set_brake_id("b-1");
    request.set_requested_by("ada");
    return stub.Approve(&context, request, &answer);
  }

  TestAuthority authority_;
  SocketFolder folder_;
  SystemClock clock_;
  FakeBackend backend_;
  std::unique_ptr<AdminServer> server_;
};

TEST_F(AdminTlsTest, AnOperatorLooksAndChangesAndIsNamed) {
  const auto stub = As(authority_.Issue("DNS:ada.test"));
  EXPECT_TRUE(Look(*stub).ok());
  v1::ApproveResponse answer;
  const auto status = Approve(*stub, answer);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(answer.brake().answered_by(), HasSubstr("certificate"));
}

TEST_F(AdminTlsTest, AReaderLooksAndIsToldWhoMayChange) {
  const auto stub = As(authority_.Issue("DNS:eve.test"));
  EXPECT_TRUE(Look(*stub).ok());
  grpc::ClientContext context;
  v1::PluginsResponse plugins;
  EXPECT_TRUE(stub->Plugins(&context, v1::PluginsRequest(), &plugins).ok());
  v1::ApproveResponse answer;
  const auto status = Approve(*stub, answer);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), AllOf(HasSubstr("reader"), HasSubstr("may not approve"),
                                            HasSubstr("--admin-operators")));
}

TEST_F(AdminTlsTest, ASignedStrangerHasNoRole) {
  const auto stub = As(authority_.Issue("DNS:bob.test"));
  const auto status = Look(*stub);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), HasSubstr("--admin-readers"));
}

TEST_F(AdminTlsTest, WithoutACertificateNobodyGetsIn) {
  EXPECT_EQ(Look(*As({"", ""})).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(AdminTlsTest, AnotherAuthoritysCertificateDoesNotGetIn) {
  const TestAuthority other;
  EXPECT_EQ(Look(*As(other.Issue("DNS:ada.test"))).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(AdminTlsTest, AnExpiredCertificateDoesNotGetIn) {
  const auto expired = authority_.Issue("DNS:ada.test", Validity::kExpired);
  EXPECT_EQ(Look(*As(expired)).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(AdminTlsTest, PlainTextDoesNotGetIn) {
  const auto stub = v1::Admin::NewStub(grpc::CreateChannel(
      "localhost:" + std::to_string(server_->port()), grpc::InsecureChannelCredentials()));
  EXPECT_EQ(Look(*stub).error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST(AccessRules, OperatorsCountBeforeReaders) {
  const AccessRules rules{{"ada"}, {"*"}, {}};
  EXPECT_EQ(rules.RoleOf({"x", "ada"}), Role::kOperator);
  EXPECT_EQ(rules.RoleOf({"eve"}), Role::kReader);
  EXPECT_EQ((AccessRules{{}, {"eve"}, {}}.RoleOf({"ada"})), Role::kNobody);
}

TEST(AccessRules, TheDaemonsUserAndRootDoAllAndNamedUsersLook) {
  const AccessRules rules{{}, {}, {1001}};
  EXPECT_EQ(rules.RoleOfUser(1000, 1000), Role::kOperator);
  EXPECT_EQ(rules.RoleOfUser(0, 1000), Role::kOperator);
  EXPECT_EQ(rules.RoleOfUser(1001, 1000), Role::kReader);
  EXPECT_EQ(rules.RoleOfUser(1002, 1000), Role::kNobody);
}

}  // namespace
}  // namespace instanced
