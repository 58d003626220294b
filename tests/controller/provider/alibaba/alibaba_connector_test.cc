#include "controller/provider/alibaba/alibaba_connector.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "controller/provider/alibaba/alibaba_settings.h"
#include "tests/controller/provider/alibaba/alibaba_world.h"

namespace instanced::alibaba {
namespace {

using nlohmann::json;

constexpr Kind kCcc = Kind::kCloudCallCenterInstance;
constexpr Kind kBot = Kind::kOutboundBotInstance;

class ConnectorTest : public ::testing::Test {
 protected:
  ConnectorTest() {
    config->meta.uid = "pc-1";
    config->meta.key = {Kind::kProviderConfig, "default", "default"};
    config->spec.alibaba = CloudConfig{};
    config->spec.alibaba->region = "cn-shanghai";
    AnswerAccount("42");
  }
  void AnswerAccount(const std::string& account) {
    world.On("GetCallerIdentity", Json(200, {{"RequestId", "r"}, {"AccountId", account}}));
  }
  AlibabaConnector Make() {
    return AlibabaConnector(
        {world.http, world.executor.clock(), world.random, environment, gates, nullptr, nullptr},
        {});
  }
  Result<Connection> Connect(AlibabaConnector& connector, Kind kind) {
    return world.Run(connector.Connect(world.context(), kind, config));
  }
  int IdentityCalls() const {
    return static_cast<int>(std::ranges::count_if(
        world.calls, [](const auto& call) { return call.at("Action") == "GetCallerIdentity"; }));
  }

  AlibabaWorld world;
  RecordingGates gates;
  EnvironmentVariables environment{{"ALIBABA_CLOUD_ACCESS_KEY_ID", "testid"},
                                   {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", "testsecret"}};
  std::shared_ptr<ProviderConfigObject> config = std::make_shared<ProviderConfigObject>();
};

TEST_F(ConnectorTest, BothKindsShareOneIdentityAndEachHasItsDomain) {
  AlibabaConnector connector = Make();
  const auto ccc = Connect(connector, kCcc);
  const auto bot = Connect(connector, kBot);
  ASSERT_TRUE(ccc && bot);
  EXPECT_EQ(ccc->domain, (Domain{"ccc", "42", "cn-shanghai"}));
  EXPECT_EQ(bot->domain, (Domain{"outboundbot", "42", "cn-shanghai"}));
  EXPECT_EQ(std::get<AccountVerified>(ccc->identity).account_id, "42");
  EXPECT_EQ(IdentityCalls(), 1);
  EXPECT_EQ(Connect(connector, kCcc)->provider, ccc->provider);
  EXPECT_EQ(gates.gates.at({"sts", "unverified:pc-1", "cn-shanghai"}).entered.size(), 1u);
}

TEST_F(ConnectorTest, ManyPassesAtOnceAskOnce) {
  AlibabaConnector connector = Make();
  world.http.HoldAnswers();
  std::vector<std::optional<Result<Connection>>> results(20);
  TaskGroup group(world.executor);
  for (auto& result : results) {
    group.Spawn(Keep(connector.Connect(world.context(), kCcc, config), &result));
  }
  world.executor.RunUntilIdle();
  world.http.ReleaseAnswers();
  world.executor.RunUntilIdle();
  for (const auto& result : results) EXPECT_EQ(result.value()->domain.account, "42");
  EXPECT_EQ(IdentityCalls(), 1);
}

TEST_F(ConnectorTest, AnotherAccountIsAMismatch) {
  config->spec.alibaba->account_id = "41";
  AlibabaConnector connector = Make();
  const auto mismatch = std::get<AccountMismatch>(Connect(connector, kCcc)->identity);
  EXPECT_EQ(mismatch.declared, "41");
  EXPECT_EQ(mismatch.actual, "42");
}

TEST_F(ConnectorTest, OidcTokensAreNeverSentWhereAProviderConfigSays) {
  const std::string token = testing::TempDir() + "oidc_token";
  std::ofstream(token) << "the-token";
  environment = {{"ALIBABA_CLOUD_ROLE_ARN", "r"},
                 {"ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "p"},
                 {"ALIBABA_CLOUD_OIDC_TOKEN_FILE", token}};
  config->spec.alibaba->endpoints["sts"] = "https://mine.example";
  for (const CredentialSource& source :
       {CredentialSource{EnvironmentCredentials{}}, CredentialSource{PodIdentityCredentials{}}}) {
    config->spec.alibaba->credentials = source;
    AlibabaConnector connector = Make();
    const auto refused = Connect(connector, kCcc);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().error_class, ErrorClass::kValidation);
    EXPECT_NE(refused.error().message.find("ALIBABA_CLOUD_ENDPOINT_STS"), std::string::npos);
    EXPECT_NE(refused.error().message.find("spec.alibaba.endpoints.sts"), std::string::npos);
  }
  EXPECT_TRUE(world.http.requests().empty());

  environment["ALIBABA_CLOUD_ENDPOINT_STS"] = "https://mine.example";
  AlibabaConnector connector = Make();
  (void)Connect(connector, kCcc);
  ASSERT_FALSE(world.http.requests().empty());
  EXPECT_EQ(world.http.requests().front().origin.host, "mine.example");
}

TEST_F(ConnectorTest, NobodyAnsweringLeavesTheAccountUnverifiedUntilAskedAgain) {
  world.On("GetCallerIdentity", Failure(500, "InternalError"));
  AlibabaConnector connector = Make();
  const auto first = Connect(connector, kCcc);
  ASSERT_TRUE(std::holds_alternative<AccountUnverified>(first->identity));
  EXPECT_EQ(first->domain.account, "unverified:pc-1");
  AnswerAccount("42");
  ASSERT_TRUE(Connect(connector, kCcc));
  EXPECT_EQ(IdentityCalls(), 1);
  world.executor.Advance(std::chrono::seconds(30));
  EXPECT_EQ(Connect(connector, kCcc)->domain.account, "42");
}

TEST_F(ConnectorTest, ReloadAsksAtOnceWhoseTheCredentialIs) {
  world.On("GetCallerIdentity", Failure(500, "InternalError"));
  AlibabaConnector connector = Make();
  ASSERT_TRUE(Connect(connector, kCcc));
  AnswerAccount("42");
  connector.ReloadCredentials();
  EXPECT_EQ(Connect(connector, kCcc)->domain.account, "42");
}

TEST_F(ConnectorTest, RefusedBudgetIsReturnedAndNothingIsConcluded) {
  AlibabaConnector connector = Make();
  auto& gate = gates.gates[{"sts", "unverified:pc-1", "cn-shanghai"}];
  gate.refusing = true;
  EXPECT_EQ(Connect(connector, kCcc).error().error_class, ErrorClass::kDeferred);
  gate.refusing = false;
  EXPECT_EQ(Connect(connector, kCcc)->domain.account, "42");
}

TEST_F(ConnectorTest, NewGenerationGetsANewProvider) {
  AlibabaConnector connector = Make();
  const auto before = Connect(connector, kCcc)->provider;
  config = std::make_shared<ProviderConfigObject>(*config);
  config->meta.generation = 2;
  config->spec.alibaba->region = "cn-hangzhou";
  const auto after = Connect(connector, kCcc);
  EXPECT_NE(after->provider, before);
  EXPECT_EQ(after->domain.region, "cn-hangzhou");
}

class ReplacedKey : public ConnectorTest {
 protected:
  ReplacedKey() {
    world.secrets["otherid"] = "testsecret";
    config->spec.alibaba->credentials = FileCredentials{path, "default"};
    Write("testid");
    world.On("DeleteInstance", Json(200, {{"RequestId", "r"}, {"Code", "OK"}, {"Success", true}}));
    world.On(
        "GetInstance",
        Json(200, {{"Code", "OK"}, {"Instance", {{"InstanceId", "i"}, {"Status", "Running"}}}}));
  }
  ~ReplacedKey() override { std::filesystem::remove(path); }
  void Write(const std::string& id) const {
    std::ofstream(path) << "[default]\naccess_key_id=" << id << "\naccess_key_secret=testsecret\n";
  }
  void Replace(AlibabaConnector& connector) {
    Write("otherid");
    AnswerAccount("43");
    connector.ReloadCredentials();
  }
  Result<void> Delete(InstanceProvider& provider) {
    return world.Run(provider.Delete(world.context(), "i", ""));
  }

  const std::string path = testing::TempDir() + "/alibaba_connector_test_keys";
};

// A ProviderConfig's file moved to another folder: its spec, and its generation, stay.
TEST_F(ReplacedKey, OfAnotherFolderIsReadThere) {
  const std::filesystem::path folder(testing::TempDir());
  std::filesystem::create_directory(folder / "moved");
  config->base_directory = folder;
  config->spec.alibaba->credentials = FileCredentials{"alibaba_connector_test_keys", "default"};
  AlibabaConnector connector = Make();
  EXPECT_EQ(Connect(connector, kCcc)->domain.account, "42");
  std::filesystem::copy_file(path, folder / "moved/alibaba_connector_test_keys");
  AnswerAccount("43");
  config = std::make_shared<ProviderConfigObject>(*config);
  config->base_directory = folder / "moved";
  EXPECT_EQ(Connect(connector, kCcc)->domain.account, "43");
  std::filesystem::remove_all(folder / "moved");
}

TEST_F(ReplacedKey, HasItsIdentityAskedAnew) {
  AlibabaConnector connector = Make();
  EXPECT_EQ(Connect(connector, kCcc)->domain.account, "42");
  Replace(connector);
  EXPECT_EQ(Connect(connector, kCcc)->domain.account, "43");
}

TEST_F(ReplacedKey, ChangesNothingBeforeItsAccountWasAsked) {
  AlibabaConnector connector = Make();
  const auto before = Connect(connector, kCcc);
  EXPECT_TRUE(Delete(*before->provider));
  Replace(connector);
  const auto calls = world.calls.size();
  const auto entered = gates.gates.at(before->domain).entered.size();
  const auto refused = Delete(*before->provider);
  EXPECT_EQ(refused.error().error_class, ErrorClass::kTransient);
  EXPECT_EQ(refused.error().code, "CredentialChanged");
  EXPECT_EQ(refused.error().operation, "ccc:DeleteInstance");
  EXPECT_EQ(refused.error().reach, Reach::kNotSent);
  EXPECT_EQ(world.calls.size(), calls);
  EXPECT_EQ(gates.gates.at(before->domain).entered.size(), entered);
  EXPECT_TRUE(world.Run(before->provider->Observe(world.context(), "i")));
}

// Another pass asked meanwhile: the account is known, and is not the one this pass works for.
TEST_F(ReplacedKey, OfAnotherAccountChangesNothingThroughTheProviderOfTheFirst) {
  AlibabaConnector connector = Make();
  const auto before = Connect(connector, kCcc);
  Replace(connector);
  const auto after = Connect(connector, kCcc);
  EXPECT_EQ(Delete(*before->provider).error().code, "CredentialChanged");
  EXPECT_TRUE(Delete(*after->provider));
}

TEST_F(ReplacedKey, OfTheSameAccountServesTheSameProviderOnceAsked) {
  AlibabaConnector connector = Make();
  const auto before = Connect(connector, kCcc);
  Replace(connector);
  AnswerAccount("42");
  EXPECT_EQ(Connect(connector, kCcc)->provider, before->provider);
  EXPECT_TRUE(Delete(*before->provider));
}

TEST_F(ConnectorTest, MissingCredentialAndRegionAreToldByName) {
  environment = {{"ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true"}};
  AlibabaConnector without_key = Make();
  EXPECT_EQ(Connect(without_key, kCcc).error().error_class, ErrorClass::kAuth);
  config->spec.alibaba->region.clear();
  AlibabaConnector without_region = Make();
  const auto error = Connect(without_region, kCcc).error();
  EXPECT_EQ(error.error_class, ErrorClass::kValidation);
  EXPECT_NE(error.message.find("spec.alibaba.region"), std::string::npos);
  EXPECT_NE(error.message.find("ALIBABA_CLOUD_REGION_ID"), std::string::npos);
}

TEST_F(ConnectorTest, ProviderTalksToItsEndpoint) {
  config->spec.alibaba->endpoints["ccc"] = "http://127.0.0.1:8081";
  world.On("GetInstance",
           Json(200, {{"Code", "OK"}, {"Instance", {{"InstanceId", "i"}, {"Status", "Running"}}}}));
  AlibabaConnector connector = Make();
  const auto connection = Connect(connector, kCcc);
  const auto seen = world.Run(connection->provider->Observe(world.context(), "i"));
  EXPECT_EQ(seen->lifecycle, Lifecycle::kReady);
  EXPECT_EQ(world.http.requests().back().origin, (HttpOrigin{Scheme::kHttp, "127.0.0.1", 8081}));
  EXPECT_EQ(gates.gates.at(connection->domain).entered.back(), "GetInstance");
}

std::string HostOf(std::string_view service, const std::string& region,
                   const EnvironmentVariables& environment) {
  return ResolveEndpoint(service, region, {}, environment).value().origin.host;
}

TEST(AlibabaSettings, EndpointsComeFromSpecThenVariableThenTable) {
  EXPECT_EQ(HostOf("ccc", "cn-shanghai", {}), "ccc.cn-shanghai.aliyuncs.com");
  EXPECT_EQ(HostOf("ccc", "cn-hangzhou", {}), "ccc.cn-hangzhou.aliyuncs.com");
  EXPECT_EQ(HostOf("ccc", "eu-central-1", {}), "ccc.aliyuncs.com");
  EXPECT_EQ(HostOf("outboundbot", "cn-shanghai", {}), "outboundbot.cn-shanghai.aliyuncs.com");
  EXPECT_EQ(HostOf("sts", "cn-shanghai", {}), "sts.aliyuncs.com");
  EXPECT_EQ(HostOf("sts", "x", {{"ALIBABA_CLOUD_STS_REGION", "cn-beijing"}}),
            "sts.cn-beijing.aliyuncs.com");
  const EnvironmentVariables vpc{{"ALIBABA_CLOUD_VPC_ENDPOINT_ENABLED", "true"}};
  EXPECT_EQ(HostOf("ccc", "cn-shanghai", vpc), "ccc-vpc.cn-shanghai.aliyuncs.com");
  EXPECT_EQ(HostOf("ccc", "cn-hangzhou", vpc), "ccc.cn-hangzhou.aliyuncs.com");
  EXPECT_EQ(HostOf("sts", "cn-shanghai", vpc), "sts-vpc.cn-shanghai.aliyuncs.com");
  const EnvironmentVariables own{{"ALIBABA_CLOUD_ENDPOINT_CCC", "http://127.0.0.1:1"}};
  EXPECT_EQ(HostOf("ccc", "cn-shanghai", own), "127.0.0.1");
  CloudConfig config;
  config.endpoints["ccc"] = "https://spec.example";
  EXPECT_EQ(ResolveEndpoint("ccc", "cn-shanghai", config, own)->origin.host, "spec.example");
}

TEST(AlibabaSettings, UnpublishedRegionsAndBadUrlsAreValidation) {
  const auto missing = ResolveEndpoint("outboundbot", "cn-beijing", {}, {});
  EXPECT_EQ(missing.error().error_class, ErrorClass::kValidation);
  EXPECT_NE(missing.error().message.find("ALIBABA_CLOUD_ENDPOINT_OUTBOUNDBOT"), std::string::npos);
  CloudConfig config;
  config.endpoints["ccc"] = "ftp://x";
  const auto bad = ResolveEndpoint("ccc", "cn-shanghai", config, {});
  EXPECT_EQ(bad.error().error_class, ErrorClass::kValidation);
  EXPECT_NE(bad.error().message.find("spec.alibaba.endpoints.ccc"), std::string::npos);
}

TEST(AlibabaSettings, RegionVariablesHaveAnOrder) {
  EnvironmentVariables environment{{"ALICLOUD_REGION", "c"}};
  EXPECT_EQ(ResolveRegion({}, environment), "c");
  environment["ALIBABA_CLOUD_REGION"] = "b";
  EXPECT_EQ(ResolveRegion({}, environment), "b");
  environment["ALIBABA_CLOUD_REGION_ID"] = "a";
  EXPECT_EQ(ResolveRegion({}, environment), "a");
}

}  // namespace
}  // namespace instanced::alibaba
