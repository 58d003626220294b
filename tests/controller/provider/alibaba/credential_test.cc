#include "controller/provider/alibaba/credential_cache.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/controller/provider/alibaba/alibaba_world.h"

namespace instanced::alibaba {
namespace {

using nlohmann::json;

class Folder {
 public:
  Folder() {
    std::string path = (std::filesystem::temp_directory_path() / "instanced-XXXXXX").string();
    path_ = mkdtemp(path.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string Write(const std::string& name, const std::string& text) const {
    const auto path = path_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path.string();
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

CredentialPlan First(const EnvironmentVariables& environment) {
  return PlanCredentials(EnvironmentCredentials{}, environment, "").value().front();
}

TEST(CredentialPlan, ChainTakesTheFirstThatIsConfigured) {
  Folder home;
  EnvironmentVariables environment{{"HOME", home.path()}};
  EXPECT_TRUE(std::holds_alternative<EcsRole>(First(environment)));
  home.Write(".alibabacloud/credentials",
             "[default]\ntype = access_key\naccess_key_id = ini\naccess_key_secret = s\n");
  EXPECT_EQ(std::get<SigningKey>(First(environment)).access_key_id, "ini");
  home.Write(".aliyun/config.json",
             R"({"current":"p","profiles":[{"name":"p","mode":"StsToken","access_key_id":"cli",
                 "access_key_secret":"s","sts_token":"t"}]})");
  EXPECT_EQ(std::get<SigningKey>(First(environment)).security_token, "t");
  environment["ALIBABA_CLOUD_ROLE_ARN"] = "acs:ram::1:role/r";
  environment["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"] = "acs:ram::1:oidc-provider/p";
  environment["ALIBABA_CLOUD_OIDC_TOKEN_FILE"] = "/token";
  EXPECT_EQ(std::get<OidcRole>(First(environment)).session_name, kDefaultSessionName);
  environment["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "env";
  environment["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "s";
  EXPECT_EQ(std::get<SigningKey>(First(environment)).access_key_id, "env");
}

TEST(CredentialPlan, NothingConfiguredIsAuthAndUriIsTheLastLink) {
  EnvironmentVariables environment{{"ALIBABA_CLOUD_ECS_METADATA_DISABLED", "true"}};
  EXPECT_EQ(PlanCredentials(EnvironmentCredentials{}, environment, "").error().error_class,
            ErrorClass::kAuth);
  environment["ALIBABA_CLOUD_CREDENTIALS_URI"] = "http://127.0.0.1/key";
  EXPECT_EQ(std::get<CredentialsUri>(First(environment)).url, "http://127.0.0.1/key");
}

TEST(CredentialPlan, EveryProfileFormIsRead) {
  const std::string cli = R"({"current":"ak","profiles":[
    {"name":"ak","mode":"AK","access_key_id":"a","access_key_secret":"b"},
    {"name":"role","mode":"RamRoleArn","access_key_id":"a","access_key_secret":"b",
     "ram_role_arn":"arn","ram_session_name":"s"},
    {"name":"ecs","mode":"EcsRamRole","ram_role_name":"r"},
    {"name":"odd","mode":"Martian"},{"name":"empty","mode":"AK","access_key_id":""}]})";
  EXPECT_EQ(std::get<SigningKey>(PlanFromFileText(cli, "default").value()).access_key_id, "a");
  EXPECT_EQ(std::get<AssumedRole>(PlanFromFileText(cli, "role").value()).session_name, "s");
  EXPECT_EQ(std::get<EcsRole>(PlanFromFileText(cli, "ecs").value()).role_name, "r");
  const std::string ini =
      "# comment\n[role]\r\ntype=ram_role_arn\naccess_key_id=a\naccess_key_secret=b=c\n"
      "role_arn=arn\n[ecs]\ntype=ecs_ram_role\nrole_name=r\n[odd]\ntype=martian\n";
  const auto role = std::get<AssumedRole>(PlanFromFileText(ini, "role").value());
  EXPECT_EQ(role.base.access_key_secret, "b=c");
  EXPECT_EQ(role.session_name, kDefaultSessionName);
  EXPECT_EQ(std::get<EcsRole>(PlanFromFileText(ini, "ecs").value()).role_name, "r");
  for (const auto& [text, profile] :
       {std::pair(cli, "odd"), std::pair(cli, "empty"), std::pair(cli, "absent"),
        std::pair(ini, "odd"), std::pair(ini, "absent"), std::pair(std::string("{"), "x")}) {
    EXPECT_EQ(PlanFromFileText(text, profile).error().error_class, ErrorClass::kAuth) << profile;
  }
}

TEST(CredentialPlan, FileOfAProviderConfigIsRelativeToItsManifest) {
  Folder folder;
  folder.Write("keys/ali", "[desk]\naccess_key_id = f\naccess_key_secret = s\n");
  const auto plans = PlanCredentials(FileCredentials{"keys/ali", "desk"}, {}, folder.path());
  EXPECT_EQ(std::get<SigningKey>(plans.value().front()).access_key_id, "f");
  EXPECT_EQ(PlanCredentials(FileCredentials{"none", "desk"}, {}, folder.path()).error().error_class,
            ErrorClass::kAuth);
}

// One ProviderConfig in a world whose metadata and token services answer.
class CredentialTest : public ::testing::Test {
 protected:
  CredentialTest() {
    environment["HOME"] = folder.path();
    config->meta.uid = "pc-1";
    config->meta.key = {Kind::kProviderConfig, "default", "default"};
  }
  CredentialCache Cache(SecretReader* secrets = nullptr) {
    CredentialEndpoints endpoints{{{Scheme::kHttps, "sts.example", 443}, ""},
                                  {{Scheme::kHttp, "100.100.100.200", 80}, ""},
                                  HttpEndpoint{{Scheme::kHttps, "sts.example", 443}, ""},
                                  MetadataFallback::kAllowV1};
    return CredentialCache({config, environment, secrets},
                           CredentialFetcher(world.transport(), world.gate, endpoints),
                           world.executor.clock(), {});
  }
  Result<SigningKey> Get(CredentialCache& cache) { return world.Run(cache.Get(world.context())); }
  json Key(const std::string& id, const std::string& expiration) {
    return {{"Code", "Success"},
            {"AccessKeyId", id},
            {"AccessKeySecret", "s"},
            {"SecurityToken", "t-" + id},
            {"Expiration", expiration}};
  }
  // The metadata service with one role, whose key is fetched anew each time.
  void ServeEcs(const std::string& expiration) {
    world.http.On(HttpMethod::kPut, "/latest/api/token", HttpResponse{200, {}, "imds-token"});
    world.http.On(
        HttpMethod::kGet, "/latest/meta-data/ram/security-credentials/",
        [this, expiration](const HttpRequest& request) -> FakeHttpClient::Answer {
          if (FindHeader(request.headers, "X-aliyun-ecs-metadata-token") != "imds-token") {
            return HttpResponse{403, {}, ""};
          }
          if (request.target.ends_with("/")) return HttpResponse{200, {}, "role-1\n"};
          return Json(200, Key("ecs-" + std::to_string(++fetches), expiration));
        });
  }

  Folder folder;
  AlibabaWorld world;
  EnvironmentVariables environment;
  std::shared_ptr<ProviderConfigObject> config = std::make_shared<ProviderConfigObject>();
  int fetches = 0;
};

TEST_F(CredentialTest, EcsRoleIsAskedByNameAndRefreshedAheadOfExpiry) {
  ServeEcs("2026-01-01T01:00:00Z");
  CredentialCache cache = Cache();
  EXPECT_EQ(Get(cache)->access_key_id, "ecs-1");
  world.executor.Advance(std::chrono::seconds(3600 - 181));
  EXPECT_EQ(Get(cache)->access_key_id, "ecs-1");
  world.executor.Advance(std::chrono::seconds(1));
  EXPECT_EQ(Get(cache)->access_key_id, "ecs-2");
}

TEST_F(CredentialTest, FailedRefreshKeepsTheOldKeyWhileItLasts) {
  ServeEcs("2026-01-01T01:00:00Z");
  CredentialCache cache = Cache();
  ASSERT_TRUE(Get(cache));
  world.http.On(HttpMethod::kGet, "/latest/", HttpResponse{500, {}, ""});
  world.http.On(HttpMethod::kGet, "/latest/meta-data/ram/security-credentials/",
                HttpResponse{500, {}, ""});
  world.executor.Advance(std::chrono::seconds(3500));
  EXPECT_EQ(Get(cache)->access_key_id, "ecs-1");
  world.executor.Advance(std::chrono::seconds(100));
  EXPECT_EQ(Get(cache).error().error_class, ErrorClass::kAuth);
}

TEST_F(CredentialTest, ManyAskersMakeOneFetch) {
  ServeEcs("2026-01-01T01:00:00Z");
  CredentialCache cache = Cache();
  world.http.HoldAnswers();
  std::vector<std::optional<Result<SigningKey>>> results(20);
  TaskGroup group(world.executor);
  for (auto& result : results) group.Spawn(Keep(cache.Get(world.context()), &result));
  world.executor.RunUntilIdle();
  world.http.ReleaseAnswers();
  world.executor.RunUntilIdle();
  for (const auto& result : results) EXPECT_EQ(result.value()->access_key_id, "ecs-1");
  EXPECT_EQ(fetches, 1);
}

TEST_F(CredentialTest, FailureIsProbedOnceAPause) {
  CredentialCache cache = Cache();
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(Get(cache));
  const auto probes = world.http.requests().size();
  EXPECT_LE(probes, 3u);
  world.executor.Advance(std::chrono::seconds(10));
  EXPECT_FALSE(Get(cache));
  EXPECT_GT(world.http.requests().size(), probes);
}

TEST_F(CredentialTest, InvalidatedKeyIsReadAnewButNotOneJustFetched) {
  environment["ALIBABA_CLOUD_CREDENTIALS_FILE"] =
      folder.Write("ini", "[default]\naccess_key_id = old\naccess_key_secret = s\n");
  CredentialCache cache = Cache();
  EXPECT_EQ(Get(cache)->access_key_id, "old");
  folder.Write("ini", "[default]\naccess_key_id = new\naccess_key_secret = s\n");
  cache.Invalidate();
  EXPECT_EQ(Get(cache)->access_key_id, "old");
  world.executor.Advance(std::chrono::seconds(2));
  cache.Invalidate();
  EXPECT_EQ(Get(cache)->access_key_id, "new");
  folder.Write("ini", "[default]\naccess_key_id = newest\naccess_key_secret = s\n");
  cache.Reload();
  EXPECT_EQ(Get(cache)->access_key_id, "newest");
}

TEST_F(CredentialTest, OidcTokenIsSentUnsignedAndReadAnewEachTime) {
  CloudConfig cloud;
  cloud.credentials = PodIdentityCredentials{};
  config->spec.alibaba = cloud;
  environment["ALIBABA_CLOUD_ROLE_ARN"] = "acs:ram::1:role/r";
  environment["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"] = "acs:ram::1:oidc-provider/p";
  environment["ALIBABA_CLOUD_OIDC_TOKEN_FILE"] = folder.Write("token", "jwt-1\n");
  world.http.On(HttpMethod::kPost, "/?Action=AssumeRoleWithOIDC", [this](const HttpRequest& r) {
    const RpcParameters form = ParseQuery("?" + r.body);
    return Json(200,
                {{"RequestId", "r"},
                 {"Credentials", Key("oidc-" + form.at("OIDCToken"), "2026-01-01T01:00:00Z")}});
  });
  CredentialCache cache = Cache();
  EXPECT_EQ(Get(cache)->access_key_id, "oidc-jwt-1");
  EXPECT_EQ(world.http.requests().front().target.find("Signature"), std::string::npos);
  EXPECT_EQ(world.gate.left.front().operation, "AssumeRoleWithOIDC");
  folder.Write("token", "jwt-2\n");
  world.executor.Advance(std::chrono::minutes(58));
  EXPECT_EQ(Get(cache)->access_key_id, "oidc-jwt-2");
}

TEST_F(CredentialTest, RefusedOidcTokenIsAuthAndABrokenServiceIsTransient) {
  CloudConfig cloud;
  cloud.credentials = PodIdentityCredentials{};
  config->spec.alibaba = cloud;
  environment["ALIBABA_CLOUD_ROLE_ARN"] = "r";
  environment["ALIBABA_CLOUD_OIDC_PROVIDER_ARN"] = "p";
  environment["ALIBABA_CLOUD_OIDC_TOKEN_FILE"] = folder.Write("token", "jwt");
  const auto class_of = [this](HttpResponse response) {
    world.http.On(HttpMethod::kPost, "/?Action=AssumeRoleWithOIDC", response);
    CredentialCache cache = Cache();
    return Get(cache).error().error_class;
  };
  EXPECT_EQ(class_of(Failure(400, "AuthenticationFail.OIDCToken.Expired")), ErrorClass::kAuth);
  EXPECT_EQ(class_of(Failure(400, "InvalidParameter.OIDCProviderArn")), ErrorClass::kAuth);
  EXPECT_EQ(class_of(Failure(500, "InternalError")), ErrorClass::kTransient);
  EXPECT_EQ(class_of(Failure(400, "Throttling.User")), ErrorClass::kThrottled);
}

TEST_F(CredentialTest, AssumedRoleIsSignedWithTheBaseKey) {
  environment["ALIBABA_CLOUD_CREDENTIALS_FILE"] =
      folder.Write("ini",
                   "[default]\ntype=ram_role_arn\naccess_key_id=testid\n"
                   "access_key_secret=testsecret\nrole_arn=arn\n");
  world.On("AssumeRole", [this](const RpcParameters& query) {
    EXPECT_EQ(query.at("RoleArn"), "arn");
    return Json(200, {{"RequestId", "r"}, {"Credentials", Key("sts", "2026-01-01T01:00:00Z")}});
  });
  CredentialCache cache = Cache();
  EXPECT_EQ(Get(cache)->security_token, "t-sts");
}

TEST_F(CredentialTest, CredentialsUriIsAskedAfterTheMetadataService) {
  environment["ALIBABA_CLOUD_CREDENTIALS_URI"] = "http://127.0.0.1:9/key";
  world.http.On(HttpMethod::kGet, "/key", Json(200, Key("uri", "2026-01-01T01:00:00Z")));
  CredentialCache cache = Cache();
  EXPECT_EQ(Get(cache)->access_key_id, "uri");
}

class FakeSecrets final : public SecretReader {
 public:
  Task<Result<std::map<std::string, std::string>>> ReadSecret(std::string namespace_,
                                                              std::string name) override {
    if (namespace_ != "default" || name != "ali") {
      co_return Fail(ErrorClass::kAuth, "NoSecret", "no such Secret");
    }
    co_return std::map<std::string, std::string>{{"accessKeyId", "sec\n"},
                                                 {"accessKeySecret", "s"}};
  }
};

TEST_F(CredentialTest, SecretOfTheSameNamespaceIsRead) {
  CloudConfig cloud;
  cloud.credentials = SecretCredentials{"ali"};
  config->spec.alibaba = cloud;
  FakeSecrets secrets;
  CredentialCache in_cluster = Cache(&secrets);
  EXPECT_EQ(Get(in_cluster)->access_key_id, "sec");
  CredentialCache standalone = Cache();
  EXPECT_EQ(Get(standalone).error().error_class, ErrorClass::kValidation);
}

TEST_F(CredentialTest, FilesAreNotReadWhereThereAreSecrets) {
  CloudConfig cloud;
  cloud.credentials = FileCredentials{folder.Write("ini",
                                                   "[a]\naccess_key_id=f\n"
                                                   "access_key_secret=s\n"),
                                      "a"};
  config->spec.alibaba = cloud;
  FakeSecrets secrets;
  CredentialCache in_cluster = Cache(&secrets);
  EXPECT_EQ(Get(in_cluster).error().error_class, ErrorClass::kValidation);
  CredentialCache standalone = Cache();
  EXPECT_EQ(Get(standalone)->access_key_id, "f");
}

}  // namespace
}  // namespace instanced::alibaba
