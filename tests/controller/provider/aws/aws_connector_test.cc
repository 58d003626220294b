#include "controller/provider/aws/aws_connector.h"

#include <gtest/gtest.h>

#include "tests/controller/provider/aws/aws_fixtures.h"

namespace instanced::aws {
namespace {

using namespace std::chrono_literals;

HttpResponse Caller(const std::string& account) {
  return {200,
          {},
          "<GetCallerIdentityResponse><GetCallerIdentityResult><Account>" + account +
              "</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"};
}

class AwsConnectorTest : public testing::Test {
 protected:
  AwsConnectorTest() {
    http_.On(HttpMethod::kPost, "/", Caller("123456789012"));
    config_->meta.uid = "cfg";
    config_->meta.key = {Kind::kProviderConfig, "default", "default"};
    config_->spec.aws = CloudConfig{};
    config_->spec.aws->region = "eu-west-2";
  }
  AwsConnector Make() {
    return AwsConnector({.http = http_,
                         .clock = executor_.clock(),
                         .random = random_,
                         .gates = gates_,
                         .files = files_,
                         .environment = environment_});
  }
  Result<Connection> Connect(AwsConnector& connector, Kind kind = Kind::kConnectInstance) {
    return Complete(executor_, connector.Connect(FarContext(executor_), kind,
                                                 std::make_shared<ProviderConfigObject>(*config_)));
  }

  ManualExecutor executor_;
  FakeHttpClient http_;
  RecordingGates gates_;
  FakeFiles files_;
  SeededRandom random_{1};
  EnvironmentVariables environment_{{"AWS_ACCESS_KEY_ID", "AKID"},
                                    {"AWS_SECRET_ACCESS_KEY", "secret"}};
  std::shared_ptr<ProviderConfigObject> config_ = std::make_shared<ProviderConfigObject>();
};

TEST_F(AwsConnectorTest, AsksTheAccountOncePerCredentialAndSharesTheConnection) {
  auto connector = Make();
  const auto first = Connect(connector);
  const auto second = Connect(connector);
  const auto other = Connect(connector, Kind::kSupplyChainInstance);
  ASSERT_TRUE(first && second && other);
  EXPECT_EQ(first->provider, second->provider);
  EXPECT_EQ(first->domain, (Domain{"connect", "123456789012", "eu-west-2"}));
  EXPECT_EQ(other->domain.service, "scn");
  EXPECT_EQ(std::get<AccountVerified>(first->identity).account_id, "123456789012");
  ASSERT_EQ(http_.requests().size(), 1u);
  EXPECT_EQ(http_.requests()[0].origin.host, "sts.eu-west-2.amazonaws.com");
  EXPECT_NE(FindHeader(http_.requests()[0].headers, "authorization").find("/eu-west-2/sts/"),
            std::string_view::npos);
}

TEST_F(AwsConnectorTest, ManyPassesShareOneIdentityCall) {
  auto connector = Make();
  http_.HoldAnswers();
  std::vector<std::optional<Result<Connection>>> got(4);
  TaskGroup group(executor_);
  for (auto& slot : got) {
    group.Spawn(KeepResult(
        connector.Connect(FarContext(executor_), Kind::kConnectInstance, config_), slot));
  }
  executor_.RunUntilIdle();
  EXPECT_EQ(http_.requests().size(), 1u);
  http_.ReleaseAnswers();
  executor_.RunUntilIdle();
  for (const auto& slot : got) {
    ASSERT_TRUE(slot && *slot);
    EXPECT_TRUE(std::holds_alternative<AccountVerified>((*slot)->identity));
  }
}

TEST_F(AwsConnectorTest, OneThatIsStoppedWhileItAsksForAllDoesNotAnswerForThem) {
  const HttpError stopped{HttpFailure::kStopped, Reach::kUnknown, "stopped"};
  http_.On(HttpMethod::kPost, "/", [this, stopped](const HttpRequest&) -> FakeHttpClient::Answer {
    if (http_.requests().size() == 1) return std::unexpected(stopped);
    return Caller("123456789012");
  });
  auto connector = Make();
  http_.HoldAnswers();
  std::vector<std::optional<Result<Connection>>> got(4);
  TaskGroup group(executor_);
  for (auto& slot : got) {
    group.Spawn(KeepResult(
        connector.Connect(FarContext(executor_), Kind::kConnectInstance, config_), slot));
  }
  executor_.RunUntilIdle();
  http_.ReleaseAnswers();
  executor_.RunUntilIdle();
  for (std::size_t i = 1; i < got.size(); ++i) {
    ASSERT_TRUE(got[i] && *got[i]);
    EXPECT_TRUE(std::holds_alternative<AccountVerified>((*got[i])->identity));
  }
  EXPECT_EQ(http_.requests().size(), 2u) << "one of them asked for all";
}

TEST_F(AwsConnectorTest, AnotherAccountIsAMismatch) {
  config_->spec.aws->account_id = "999999999999";
  auto connector = Make();
  const auto connection = Connect(connector);
  ASSERT_TRUE(connection);
  const auto& mismatch = std::get<AccountMismatch>(connection->identity);
  EXPECT_EQ(mismatch.declared, "999999999999");
  EXPECT_EQ(mismatch.actual, "123456789012");
}

TEST_F(AwsConnectorTest, IdentityTokensAreNeverSentWhereAProviderConfigSays) {
  files_.files["/token"] = "the-token";
  environment_ = {{"AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/r"},
                  {"AWS_WEB_IDENTITY_TOKEN_FILE", "/token"}};
  config_->spec.aws->endpoints["sts"] = "https://mine.example/";
  for (const CredentialSource& source :
       {CredentialSource{EnvironmentCredentials{}}, CredentialSource{PodIdentityCredentials{}}}) {
    config_->spec.aws->credentials = source;
    auto connector = Make();
    const auto refused = Connect(connector);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().error_class, ErrorClass::kValidation);
    EXPECT_NE(refused.error().message.find("AWS_ENDPOINT_URL_STS"), std::string::npos);
    EXPECT_NE(refused.error().message.find("spec.aws.endpoints.sts"), std::string::npos);
  }
  EXPECT_TRUE(http_.requests().empty());

  environment_["AWS_ENDPOINT_URL_STS"] = "https://mine.example";
  auto connector = Make();
  (void)Connect(connector);
  ASSERT_FALSE(http_.requests().empty());
  EXPECT_EQ(http_.requests().front().origin.host, "mine.example");
}

TEST_F(AwsConnectorTest, NoAnswerIsUnverifiedAndAskedAgainAfterAMinute) {
  http_.On(HttpMethod::kPost, "/", HttpError{HttpFailure::kConnect, Reach::kNotSent, "refused"});
  auto connector = Make();
  const auto unverified = Connect(connector);
  ASSERT_TRUE(unverified);
  EXPECT_EQ(unverified->domain.account, "unverified:cfg");
  EXPECT_EQ(std::get<AccountUnverified>(unverified->identity).cause.error_class,
            ErrorClass::kTransient);
  EXPECT_TRUE(Connect(connector));
  EXPECT_EQ(http_.requests().size(), 1u);

  http_.On(HttpMethod::kPost, "/", Caller("123456789012"));
  executor_.Advance(1min);
  const auto verified = Connect(connector);
  EXPECT_EQ(verified->domain.account, "123456789012");
  EXPECT_NE(verified->provider, unverified->provider);
}

// Another pass asked meanwhile: the account is known, and is not the one this pass works for.
TEST_F(AwsConnectorTest, AKeyOfAnotherAccountChangesNothingThroughTheProviderOfTheFirst) {
  const auto keys = [this](const std::string& id) {
    files_.files["/keys"] =
        "[default]\naws_access_key_id = " + id + "\naws_secret_access_key = secret\n";
  };
  http_.On(HttpMethod::kDelete, "/", Json(200, "{}"));
  config_->spec.aws->credentials = FileCredentials{"/keys", "default"};
  keys("AKID");
  auto connector = Make();
  const auto before = Connect(connector);
  const auto remove = [this](InstanceProvider& provider) {
    return Complete(executor_, provider.Delete(FarContext(executor_), "id-1", ""));
  };
  EXPECT_TRUE(remove(*before->provider));
  keys("OTHER");
  http_.On(HttpMethod::kPost, "/", Caller("999999999999"));
  connector.Invalidate();
  EXPECT_EQ(remove(*before->provider).error().code, "CredentialChanged");
  const auto after = Connect(connector);
  EXPECT_EQ(after->domain.account, "999999999999");
  EXPECT_EQ(remove(*before->provider).error().code, "CredentialChanged");
  EXPECT_TRUE(remove(*after->provider));
}

TEST_F(AwsConnectorTest, RegionComesFromSpecThenVariablesElseTheErrorNamesBoth) {
  config_->spec.aws->region.clear();
  const auto none = [&] {
    auto connector = Make();
    return Connect(connector);
  }();
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().error_class, ErrorClass::kValidation);
  EXPECT_NE(none.error().message.find("spec.aws.region"), std::string::npos);
  EXPECT_NE(none.error().message.find("AWS_REGION"), std::string::npos);
  environment_["AWS_DEFAULT_REGION"] = "us-west-2";
  auto by_default = Make();
  EXPECT_EQ(Connect(by_default)->domain.region, "us-west-2");
  environment_["AWS_REGION"] = "us-east-1";
  auto by_region = Make();
  EXPECT_EQ(Connect(by_region)->domain.region, "us-east-1");
  config_->spec.aws->region = "x/../evil";
  auto invalid = Make();
  EXPECT_EQ(Connect(invalid).error().code, "InvalidRegion");
}

TEST_F(AwsConnectorTest, EndpointsComeFromSpecThenVariables) {
  environment_["AWS_ENDPOINT_URL"] = "http://127.0.0.1:1";
  environment_["AWS_ENDPOINT_URL_SCN"] = "http://127.0.0.1:2";
  config_->spec.aws->endpoints["connect"] = "http://127.0.0.1:3/c";
  http_.On(HttpMethod::kGet, "/", Json(500, ""));
  auto connector = Make();
  const auto connect = Connect(connector);
  const auto chain = Connect(connector, Kind::kSupplyChainInstance);
  EXPECT_EQ(http_.requests().back().origin.port, 1);
  (void)Complete(executor_, connect->provider->List(FarContext(executor_), ""));
  EXPECT_EQ(http_.requests().back().origin.port, 3);
  EXPECT_TRUE(http_.requests().back().target.starts_with("/c/instance?"));
  (void)Complete(executor_, chain->provider->List(FarContext(executor_), ""));
  EXPECT_EQ(http_.requests().back().origin.port, 2);
  config_->spec.aws->endpoints["connect"] = "ftp://x";
  auto bad = Make();
  EXPECT_NE(Connect(bad).error().message.find("spec.aws.endpoints.connect"), std::string::npos);
}

TEST_F(AwsConnectorTest, ANewGenerationAndAReloadStartAnew) {
  auto connector = Make();
  const auto first = Connect(connector);
  config_->meta.generation = 2;
  config_->spec.aws->region = "us-east-1";
  const auto second = Connect(connector);
  EXPECT_EQ(second->domain.region, "us-east-1");
  EXPECT_NE(first->provider, second->provider);
  connector.Invalidate();
  EXPECT_TRUE(Connect(connector));
  EXPECT_EQ(http_.requests().size(), 3u);
  config_->base_directory = "/moved";  // relative paths of credentials begin elsewhere now
  EXPECT_NE(Connect(connector)->provider, second->provider);
}

TEST_F(AwsConnectorTest, AProviderOutlivesTheConnectionThatGaveIt) {
  http_.On(HttpMethod::kGet, "/", Json(200, R"({"InstanceSummaryList":[]})"));
  auto connector = Make();
  const auto old = Connect(connector);
  config_->meta.generation = 2;
  EXPECT_TRUE(Connect(connector));
  EXPECT_TRUE(Complete(executor_, old->provider->List(FarContext(executor_), "")));
}

TEST_F(AwsConnectorTest, NoCredentialAndWrongConfigFailWithTheirClass) {
  environment_.clear();
  auto no_keys = Make();
  EXPECT_EQ(Connect(no_keys).error().error_class, ErrorClass::kAuth);
  config_->spec.aws.reset();
  config_->spec.alibaba = CloudConfig{};
  auto no_aws = Make();
  EXPECT_EQ(Connect(no_aws).error().code, "NoAwsConfig");
  EXPECT_EQ(Connect(no_aws, Kind::kOutboundBotInstance).error().error_class, ErrorClass::kTerminal);
}

}  // namespace
}  // namespace instanced::aws
