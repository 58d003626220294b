// Every response field that the clouds' own documents of the describe calls name, one by one, from
// the simulated cloud's answer to status.atProvider as a person reads it.
#include <gtest/gtest.h>

#include "tests/e2e/site.h"

namespace instanced::e2e {
namespace {

class SeedFields : public testing::Test {
 protected:
  // Both what is read by id and, where lists stand in, what is read by list.
  void ExpectFields(const Json& manifest, const std::vector<const char*>& pointers) {
    const auto ran = site_.Instancectl({"get", KeyOf(manifest), "-o", "json"});
    const auto object = Json::parse(ran.output, nullptr, false);
    ASSERT_TRUE(object.is_object()) << ran.output;
    const auto seen = object["status"]["atProvider"];
    for (const char* pointer : pointers) {
      const Json::json_pointer where{pointer};
      ASSERT_TRUE(seen.contains(where)) << pointer << " is missing in " << seen.dump(2);
      EXPECT_FALSE(seen.at(where).is_null() || seen.at(where) == "") << pointer;
    }
  }
  void Drift(const Json& manifest, const Json& fields) {
    const auto object = site_.Object(manifest);
    ASSERT_TRUE(object);
    ASSERT_TRUE(site_.clouds().Drift(
        {{"service", ServiceOf(manifest)}, {"id", object->external_name()}, {"fields", fields}}));
  }
  void Fail(const Json& manifest) {
    ASSERT_TRUE(site_.clouds().AddFault({{"action", "create-fails"},
                                         {"kind", "mutating"},
                                         {"contains", manifest["metadata"]["name"]},
                                         {"message", "no room"}}));
    site_.manifests().Write(manifest);
    ASSERT_EQ(WaitUntil(
                  [&] {
                    const auto object = site_.Object(manifest);
                    return object && object->ReasonOf("Ready") == "CreateFailed";
                  },
                  30),
              Waited::kReached);
  }
  void Start(const Json& manifest) {
    site_.manifests().Write(manifest);
    site_.StartDaemon();
    ExpectSettled(site_, {manifest});
  }
  void LookAgain(const Json& manifest) {
    EXPECT_EQ(site_.Instancectl({"reconcile", KeyOf(manifest)}).ending.exit_code, 0);
    LetPass(1);
  }

  Site site_;
};

TEST_F(SeedFields, OfAmazonConnect) {
  const auto desk = ConnectManifest("desk");
  Start(desk);
  Drift(desk, {{"ReplicationConfiguration",
                {{"SourceRegion", "us-east-1"},
                 {"GlobalSignInEndpoint", "https://sign.in"},
                 {"ReplicationStatusSummaryList",
                  {{{"Region", "us-west-2"},
                    {"ReplicationStatus", "INSTANCE_REPLICATION_FAILED"},
                    {"ReplicationStatusReason", "no room"}}}}}}});
  LookAgain(desk);
  ExpectFields(
      desk, {"/id", "/arn", "/identityManagementType", "/instanceAlias", "/createdTime",
             "/serviceRole", "/instanceStatus", "/inboundCallsEnabled", "/outboundCallsEnabled",
             "/instanceAccessUrl", "/tags/team", "/replicationConfiguration/sourceRegion",
             "/replicationConfiguration/globalSignInEndpoint",
             "/replicationConfiguration/replicationStatusSummaryList/0/region",
             "/replicationConfiguration/replicationStatusSummaryList/0/replicationStatus",
             "/replicationConfiguration/replicationStatusSummaryList/0/replicationStatusReason"});
  const auto failed = ConnectManifest("failed");
  Fail(failed);
  ExpectFields(failed, {"/instanceStatus", "/statusReason/message"});
}

TEST_F(SeedFields, OfAwsSupplyChain) {
  auto stock = SupplyChainManifest("stock");
  stock["spec"]["forProvider"]["kmsKeyArn"] = "arn:aws:kms:us-east-1:123456789012:key/k-1";
  Start(stock);
  ExpectFields(stock, {"/instanceId", "/awsAccountId", "/state", "/webAppDnsDomain", "/createdTime",
                       "/lastModifiedTime", "/instanceName", "/instanceDescription", "/kmsKeyArn",
                       "/versionNumber", "/tags/team"});
  const auto failed = SupplyChainManifest("failed");
  Fail(failed);
  ExpectFields(failed, {"/state", "/errorMessage"});
}

TEST_F(SeedFields, OfAlibabaCcc) {
  auto calls = CallCenterManifest("calls");
  calls["spec"]["forProvider"]["phoneNumbers"] = {"02500000000"};
  Json config = ProviderConfigManifest("default", site_.url(), AwsOne(), AlibabaOne());
  config["spec"]["exposePersonalData"] = true;
  site_.manifests().Write(config);
  Start(calls);
  Drift(calls, {{"DirectoryId", "d-1"}});
  LookAgain(calls);
  ExpectFields(calls, {"/instanceId",
                       "/instanceName",
                       "/instanceDescription",
                       "/domainName",
                       "/consoleUrl",
                       "/storageBucket",
                       "/storageMaxDays",
                       "/storageMaxSize",
                       "/maxOnlineAgents",
                       "/tenantId",
                       "/directoryId",
                       "/status",
                       "/createdTime",
                       "/owner",
                       "/admin/0/ramId",
                       "/admin/0/instanceId",
                       "/admin/1/detail/loginName",
                       "/admin/1/detail/displayName",
                       "/admin/1/detail/email",
                       "/admin/1/detail/phone",
                       "/admin/1/detail/department",
                       "/phoneNumbers/0/phoneNumberId",
                       "/phoneNumbers/0/instanceId",
                       "/phoneNumbers/0/number",
                       "/phoneNumbers/0/phoneNumberDescription",
                       "/phoneNumbers/0/testOnly",
                       "/phoneNumbers/0/remainingTime",
                       "/phoneNumbers/0/allowOutbound",
                       "/phoneNumbers/0/usage",
                       "/phoneNumbers/0/trunks"});
}

TEST_F(SeedFields, OfAlibabaOutboundBot) {
  auto robot = OutboundBotManifest("robot");
  robot["spec"]["forProvider"]["resourceGroupId"] = "rg-1";
  Start(robot);
  ExpectFields(robot, {"/instanceId", "/instanceName", "/instanceDescription", "/creationTime",
                       "/creatorId", "/creatorName", "/owner", "/ownerName", "/resourceGroupId",
                       "/maxConcurrentConversation", "/nluServiceType"});
}

// Without the word of the ProviderConfig nobody's mail address or telephone is shown.
TEST_F(SeedFields, OfPeopleAreShownOnlyWhereThatIsAllowed) {
  const auto calls = CallCenterManifest("calls");
  Start(calls);
  const auto ran = site_.Instancectl({"get", KeyOf(calls), "-o", "json"});
  EXPECT_TRUE(ran.output.contains("department")) << ran.output;
  EXPECT_FALSE(ran.output.contains("@example.com")) << ran.output;
  EXPECT_FALSE(ran.output.contains("13100001234")) << ran.output;
}

}  // namespace
}  // namespace instanced::e2e
