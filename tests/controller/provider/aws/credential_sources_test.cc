#include "controller/provider/aws/credentials/credential_chain.h"

#include <gtest/gtest.h>

#include "controller/provider/aws/aws_time.h"
#include "controller/provider/aws/credentials/profile_file.h"
#include "controller/provider/aws/sts.h"
#include "tests/controller/provider/aws/aws_fixtures.h"

namespace instanced::aws {
namespace {

constexpr const char* kDocument = R"({"AccessKeyId":"CONTAINER","SecretAccessKey":"s","Token":"t",)"
                                  R"("Expiration":"2026-01-15T13:00:00Z"})";
constexpr const char* kAssumed =
    "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>"
    "<AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
    "<SessionToken>t</SessionToken><Expiration>2026-01-15T13:00:00Z</Expiration>"
    "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";

class FakeSecrets final : public SecretReader {
 public:
  Task<Result<std::map<std::string, std::string>>> ReadSecret(std::string, std::string) override {
    co_return data;
  }
  std::map<std::string, std::string> data;
};

class CredentialSourcesTest : public testing::Test {
 protected:
  Result<AwsCredentials> Fetch(CredentialSource source = EnvironmentCredentials{},
                               SecretReader* secrets = nullptr) {
    AwsTransport sts({.name = "sts", .classify = ClassifySts, .parse_failure = ParseStsFailure},
                     "us-east-1", {http_, executor_.clock(), gate_}, std::make_shared<ClockSkew>(),
                     {});
    const CredentialTools tools{
        .http = http_,
        .clock = executor_.clock(),
        .random = random_,
        .files = files_,
        .environment = environment_,
        .sts_transport = sts,
        .sts = {{Scheme::kHttp, "127.0.0.1", 4566}, ""},
        .token_exchange = HttpEndpoint{{Scheme::kHttp, "127.0.0.1", 4566}, ""}};
    auto config = std::make_shared<ProviderConfigObject>();
    config->spec.aws = CloudConfig{};
    config->spec.aws->credentials = std::move(source);
    config->base_directory = "/manifests";
    const auto fetcher = MakeFetcher(tools, secrets, config);
    return Complete(executor_, fetcher->Fetch(FarContext(executor_)));
  }
  std::string Key(CredentialSource source = EnvironmentCredentials{}) {
    const auto keys = Fetch(std::move(source));
    return keys ? keys->access_key_id : keys.error().code;
  }

  ManualExecutor executor_;
  FakeHttpClient http_;
  RecordingGate gate_;
  FakeFiles files_;
  SeededRandom random_{7};
  EnvironmentVariables environment_{{"HOME", "/home/u"}};
};

TEST_F(CredentialSourcesTest, TheChainTakesTheFirstSourceThatIsThere) {
  // Given every source at once, weakest first.
  http_.On(HttpMethod::kPut, "/latest/api/token", HttpResponse{200, {}, "imds-token"});
  http_.On(HttpMethod::kGet, "/latest/meta-data/iam/security-credentials/", {200, {}, "a role\n"});
  http_.On(HttpMethod::kGet, "/latest/meta-data/iam/security-credentials/a%20role",
           HttpResponse{200, {}, R"({"AccessKeyId":"IMDS","SecretAccessKey":"s","Token":"t"})"});
  EXPECT_EQ(Key(), "IMDS");
  EXPECT_EQ(FindHeader(http_.requests().back().headers, "x-aws-ec2-metadata-token"), "imds-token");

  environment_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = "http://127.0.0.1:9/creds?x=1";
  http_.On(HttpMethod::kGet, "/creds?x=1", HttpResponse{200, {}, kDocument});
  EXPECT_EQ(Key(), "CONTAINER");

  environment_["AWS_ROLE_ARN"] = "arn:aws:iam::123456789012:role/r";
  environment_["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token";
  files_.files["/token"] = "identity-token\n";
  http_.On(HttpMethod::kPost, "/", HttpResponse{200, {}, kAssumed});
  EXPECT_EQ(Key(), "ASSUMED");

  files_.files["/home/u/.aws/credentials"] =
      "# mine\n[default]\naws_access_key_id = FILE\naws_secret_access_key = s ; note\n";
  EXPECT_EQ(Key(), "FILE");

  environment_["AWS_ACCESS_KEY_ID"] = "VARIABLE";
  environment_["AWS_SECRET_ACCESS_KEY"] = "s";
  EXPECT_EQ(Key(), "VARIABLE");
}

TEST_F(CredentialSourcesTest, NothingAnywhereIsAuthAndSaysWhereWeLooked) {
  const auto keys = Fetch();
  ASSERT_FALSE(keys);
  EXPECT_EQ(keys.error().error_class, ErrorClass::kAuth);
  EXPECT_EQ(keys.error().code, "NoCredentials");
}

TEST_F(CredentialSourcesTest, WebIdentityIsUnsignedGatedAndReadsItsFileEachTime) {
  environment_["AWS_ROLE_ARN"] = "arn:aws:iam::123456789012:role/r";
  environment_["AWS_WEB_IDENTITY_TOKEN_FILE"] = "/token";
  files_.files["/token"] = "first+token";
  http_.On(HttpMethod::kPost, "/", HttpResponse{200, {}, kAssumed});
  const auto keys = Fetch(PodIdentityCredentials{});
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->expires_at, ParseIso8601("2026-01-15T13:00:00Z"));
  EXPECT_EQ(FindHeader(http_.requests().back().headers, "authorization"), "");
  EXPECT_NE(http_.requests().back().body.find("WebIdentityToken=first%2Btoken"), std::string::npos);
  EXPECT_NE(http_.requests().back().body.find("RoleSessionName=instanced-"), std::string::npos);
  EXPECT_EQ(gate_.entered, std::vector<std::string>{"AssumeRoleWithWebIdentity"});

  files_.files["/token"] = "second";
  EXPECT_TRUE(Fetch(PodIdentityCredentials{}));
  EXPECT_NE(http_.requests().back().body.find("WebIdentityToken=second"), std::string::npos);
}

TEST_F(CredentialSourcesTest, AConfiguredSourceThatFailsIsNotPassedOver) {
  environment_["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = "/v2/creds";
  http_.On(HttpMethod::kGet, "/v2/creds",
           HttpError{HttpFailure::kDeadline, Reach::kUnknown, "late"});
  EXPECT_EQ(Fetch().error().error_class, ErrorClass::kTransient);
  EXPECT_EQ(http_.requests().back().origin.host, "169.254.170.2");
  http_.On(HttpMethod::kGet, "/v2/creds", HttpResponse{403, {}, R"({"Message":"no"})"});
  EXPECT_EQ(Fetch().error().error_class, ErrorClass::kAuth);
}

TEST_F(CredentialSourcesTest, ContainerTokensGoToTrustedHostsOnly) {
  environment_["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = "/authorization";
  files_.files["/authorization"] = "Bearer x\n";
  http_.On(HttpMethod::kGet, "/", HttpResponse{200, {}, kDocument});
  for (const char* host :
       {"http://10.0.0.1/", "http://localhost.evil.example/", "http://127.0.0.1.evil.example/"}) {
    environment_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = host;
    EXPECT_EQ(Fetch().error().error_class, ErrorClass::kValidation) << host;
  }
  EXPECT_TRUE(http_.requests().empty());
  for (const char* host : {"http://169.254.170.23/", "https://anywhere.example/",
                           "http://[fd00:ec2::23]/", "http://127.1.2.3:80/"}) {
    environment_["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = host;
    EXPECT_TRUE(Fetch()) << host;
    EXPECT_EQ(FindHeader(http_.requests().back().headers, "authorization"), "Bearer x");
  }
  files_.files["/authorization"] = "x\r\nEvil: y";
  EXPECT_EQ(Fetch().error().code, "CredentialTokenInvalid");
}

TEST_F(CredentialSourcesTest, MetadataFallsBackToVersionOneUnlessForbidden) {
  environment_["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = "http://127.0.0.1:1338/";
  http_.On(HttpMethod::kPut, "/latest/api/token", HttpResponse{404, {}, ""});
  http_.On(HttpMethod::kGet, "/latest/meta-data/iam/security-credentials/", {200, {}, "r"});
  http_.On(HttpMethod::kGet, "/latest/meta-data/iam/security-credentials/r", {200, {}, kDocument});
  EXPECT_EQ(Key(), "CONTAINER");
  EXPECT_EQ(http_.requests().back().origin.port, 1338);
  environment_["AWS_EC2_METADATA_V1_DISABLED"] = "TRUE";
  EXPECT_EQ(Key(), "NoCredentials");
  environment_["AWS_EC2_METADATA_DISABLED"] = "true";
  http_.ForgetRequests();
  EXPECT_EQ(Key(), "NoCredentials");
  EXPECT_TRUE(http_.requests().empty());
}

TEST_F(CredentialSourcesTest, FileIsRelativeToTheManifestAndKeepsToItsProfile) {
  files_.files["/manifests/keys.ini"] = "[other]\naws_access_key_id=O\naws_secret_access_key=s\n";
  EXPECT_EQ(Key(FileCredentials{"keys.ini", "other"}), "O");
  EXPECT_EQ(Key(FileCredentials{"keys.ini", "default"}), "NoSuchProfile");
  EXPECT_EQ(Fetch(FileCredentials{"none.ini", "other"}).error().error_class, ErrorClass::kAuth);
}

TEST_F(CredentialSourcesTest, WhatNeedsMoreThanUsIsRefusedByName) {
  environment_["AWS_PROFILE"] = "work";
  files_.files["/home/u/.aws/config"] = "[profile work]\nrole_arn = arn\nsource_profile = x\n";
  EXPECT_EQ(Key(), "CredentialSourceUnsupported");
  files_.files["/home/u/.aws/config"] = "[profile work]\nsso_session = x\n";
  EXPECT_EQ(Key(), "CredentialSourceUnsupported");
  files_.files["/home/u/.aws/config"] = "[profile rest]\n";
  EXPECT_EQ(Key(), "NoSuchProfile");
}

TEST_F(CredentialSourcesTest, SecretsGiveKeysOrAProfileFile) {
  FakeSecrets secrets;
  secrets.data = {{"AWS_ACCESS_KEY_ID", "S"}, {"AWS_SECRET_ACCESS_KEY", "s"}};
  EXPECT_EQ(Fetch(SecretCredentials{"s"}, &secrets)->access_key_id, "S");
  secrets.data = {{"credentials", "[default]\naws_access_key_id=C\naws_secret_access_key=s"}};
  EXPECT_EQ(Fetch(SecretCredentials{"s"}, &secrets)->access_key_id, "C");
  secrets.data = {};
  EXPECT_EQ(Fetch(SecretCredentials{"s"}, &secrets).error().error_class, ErrorClass::kAuth);
  EXPECT_EQ(Fetch(SecretCredentials{"s"}).error().error_class, ErrorClass::kValidation);
}

TEST_F(CredentialSourcesTest, FilesAreNotReadWhereThereAreSecrets) {
  FakeSecrets secrets;
  files_.files["/manifests/keys.ini"] = "[other]\naws_access_key_id=O\naws_secret_access_key=s\n";
  EXPECT_EQ(Fetch(FileCredentials{"keys.ini", "other"}, &secrets).error().error_class,
            ErrorClass::kValidation);
}

TEST(ProfileFile, SkipsNestedSettingsAndNamesBadLinesByNumber) {
  const auto profiles =
      ParseProfiles("[default]\nS3 =\n  max = 1\nRegion = eu-west-2 # home\n[services x]\ny = z\n",
                    ProfileForm::kConfig);
  ASSERT_TRUE(profiles);
  EXPECT_EQ(profiles->size(), 1u);
  EXPECT_EQ(Setting(profiles->at("default"), "region"), "eu-west-2");
  const auto bad = ParseProfiles("[default]\nSECRETSECRET\n", ProfileForm::kCredentials);
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().message.find("line 2"), std::string::npos);
  EXPECT_EQ(bad.error().message.find("SECRET"), std::string::npos);
}

}  // namespace
}  // namespace instanced::aws
