// Where credentials come from, as the clouds' own machines give them: token services, a container's
// endpoint, instance metadata. All over real HTTP on loopback.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <mutex>

#include "tests/controller/http/raw_server.h"
#include "tests/e2e/site.h"

namespace instanced::e2e {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

// Answers "METHOD /path" with a text; anything else with an empty object.
class CredentialHost {
 public:
  explicit CredentialHost(std::map<std::string, std::string> answers)
      : answers_(std::move(answers)), server_([this](RawConnection& connection) {
          for (auto request = connection.ReadRequest(); !request.empty();
               request = connection.ReadRequest()) {
            const auto target = request.substr(0, request.find(" HTTP/"));
            const auto answer = answers_.find(target);
            connection.Write(PlainAnswer(answer == answers_.end() ? "{}" : answer->second));
          }
        }) {}
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.origin().port); }
  std::vector<std::string> requests() const { return server_.requests(); }

 private:
  const std::map<std::string, std::string> answers_;
  RawServer server_;
};

Json Document(const CloudAccount& account, const char* id, const char* secret) {
  return {{"Code", "Success"},
          {id, account.access_key},
          {secret, account.secret},
          {"Expiration", "2099-01-01T00:00:00Z"}};
}

class Credentials : public ::testing::Test {
 protected:
  Credentials() {
    for (const char* name : {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
                             "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"}) {
      site_.environment().erase(name);
    }
    // What is not asked about must not be looked for on the network.
    site_.environment()["AWS_EC2_METADATA_DISABLED"] = "true";
    site_.environment()["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true";
  }
  void ExpectWorks(const std::vector<Json>& manifests) {
    for (const Json& manifest : manifests) site_.manifests().Write(manifest);
    site_.StartDaemon();
    ExpectSettled(site_, manifests);
  }
  std::vector<std::string> Operations() const {
    std::vector<std::string> operations;
    for (const auto& call : site_.clouds().Calls()) operations.push_back(call.operation);
    return operations;
  }

  Site site_;
};

TEST_F(Credentials, WebIdentityOfBothCloudsIsExchangedAtTheirTokenServices) {
  const auto token = (site_.folder() / "token").string();
  std::ofstream(token) << "a.web.token";
  auto& environment = site_.environment();
  environment["AWS_ROLE_ARN"] = "arn:aws:iam::" + AwsOne().account + ":role/keeper";
  environment["AWS_WEB_IDENTITY_TOKEN_FILE"] = token;
  environment["ALIBABA_CLOUD_ROLE_ARN"] = "acs:ram::" + AlibabaOne().account + ":role/keeper";
  environment["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"] =
      "acs:ram::" + AlibabaOne().account + ":oidc-provider/keeper";
  environment["ALIBABA_CLOUD_OIDC_TOKEN_FILE"] = token;
  environment["AWS_ENDPOINT_URL_STS"] = environment["ALIBABA_CLOUD_ENDPOINT_STS"] = site_.url();
  ExpectWorks({OutboundBotManifest("robot"), SupplyChainManifest("stock")});
  EXPECT_THAT(Operations(), Contains("AssumeRoleWithWebIdentity").Times(1));
  EXPECT_THAT(Operations(), Contains("AssumeRoleWithOIDC").Times(1));
  EXPECT_THAT(site_.Log(), testing::Not(HasSubstr("a.web.token")));
}

TEST_F(Credentials, RefusedWebIdentityIsShownAndNothingElseIsTried) {
  const auto token = (site_.folder() / "token").string();
  std::ofstream(token) << "expired.web.token";
  site_.environment()["AWS_ROLE_ARN"] = "arn:aws:iam::" + AwsOne().account + ":role/keeper";
  site_.environment()["AWS_WEB_IDENTITY_TOKEN_FILE"] = token;
  site_.environment()["AWS_ENDPOINT_URL_STS"] = site_.url();
  const auto manifest = SupplyChainManifest("stock");
  site_.manifests().Write(manifest);
  site_.StartDaemon();
  ASSERT_EQ(WaitUntil(
                [&] {
                  const auto object = site_.Object(manifest);
                  return object && object->ReasonOf("Stalled") == "AuthFailed";
                },
                20),
            Waited::kReached);
  EXPECT_THAT(site_.Effects(), IsEmpty());
  std::ofstream(token) << "a.newer.token";
  site_.daemon().Signal(SIGHUP);
  ExpectSettled(site_, {manifest});
}

TEST_F(Credentials, ContainerEndpointIsAskedWithItsToken) {
  const CredentialHost host(
      {{"GET /keys", Document(AwsOne(), "AccessKeyId", "SecretAccessKey").dump()}});
  site_.environment()["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = host.url() + "/keys";
  site_.environment()["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "container-token";
  ExpectWorks({SupplyChainManifest("stock")});
  ASSERT_EQ(host.requests().size(), 1u) << "once for all users";
  EXPECT_THAT(host.requests()[0], HasSubstr("container-token"));
}

TEST_F(Credentials, InstanceMetadataOfBothCloudsIsAskedWithASessionToken) {
  const CredentialHost aws({{"PUT /latest/api/token", "session-1"},
                            {"GET /latest/meta-data/iam/security-credentials/", "keeper"},
                            {"GET /latest/meta-data/iam/security-credentials/keeper",
                             Document(AwsOne(), "AccessKeyId", "SecretAccessKey").dump()}});
  const CredentialHost alibaba({{"PUT /latest/api/token", "session-2"},
                                {"GET /latest/meta-data/ram/security-credentials/", "keeper"},
                                {"GET /latest/meta-data/ram/security-credentials/keeper",
                                 Document(AlibabaOne(), "AccessKeyId", "AccessKeySecret").dump()}});
  auto& environment = site_.environment();
  environment.erase("AWS_EC2_METADATA_DISABLED");
  environment.erase("ALIBABA_CLOUD_ECS_METADATA_DISABLED");
  environment["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = aws.url();
  environment["ALIBABA_CLOUD_ECS_METADATA_ENDPOINT"] = alibaba.url();
  ExpectWorks({OutboundBotManifest("robot"), SupplyChainManifest("stock")});
  EXPECT_THAT(aws.requests().back(), HasSubstr("session-1"));
  EXPECT_THAT(alibaba.requests().back(), HasSubstr("session-2"));
}

}  // namespace
}  // namespace instanced::e2e
