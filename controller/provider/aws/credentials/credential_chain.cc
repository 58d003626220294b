#include "controller/provider/aws/credentials/credential_chain.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "controller/provider/aws/aws_time.h"
#include "controller/provider/aws/credentials/container_credentials.h"
#include "controller/provider/aws/credentials/instance_metadata.h"
#include "controller/provider/aws/credentials/profiles.h"
#include "controller/provider/aws/credentials/web_identity.h"

namespace instanced::aws {
namespace {

std::optional<WebIdentitySource> WebIdentityFromVariables(const EnvironmentVariables& environment) {
  WebIdentitySource source{
      .role_arn = std::string(Variable(environment, "AWS_ROLE_ARN")),
      .token_file = std::string(Variable(environment, "AWS_WEB_IDENTITY_TOKEN_FILE")),
      .session_name = std::string(Variable(environment, "AWS_ROLE_SESSION_NAME"))};
  if (source.role_arn.empty() || source.token_file.empty()) return std::nullopt;
  return source;
}

class EnvironmentFetcher final : public CredentialFetcher {
 public:
  explicit EnvironmentFetcher(const CredentialTools& tools) : tools_(tools) {}

  Task<Result<AwsCredentials>> Fetch(CallContext context) override {
    const auto& environment = tools_.environment;
    if (environment.contains("AWS_ACCESS_KEY_ID")) {
      co_return CredentialsFromVariables(environment);
    }
    auto profile = ReadEnvironmentProfile(tools_.files, environment);
    if (!profile) co_return std::unexpected(profile.error());
    if (auto* keys = std::get_if<AwsCredentials>(&*profile)) co_return std::move(*keys);

    std::optional<WebIdentitySource> role;
    if (auto* source = std::get_if<WebIdentitySource>(&*profile)) role = std::move(*source);
    if (!role) role = WebIdentityFromVariables(environment);
    Task<Result<AwsCredentials>> fetching;
    if (role) {
      fetching = FetchWebIdentity(tools_, std::move(context), std::move(*role));
    } else if (ContainerConfigured(environment) == Configured::kYes) {
      fetching = FetchContainer(tools_, std::move(context));
    } else {
      fetching = FetchInstanceMetadata(tools_, std::move(context));
    }
    auto fetched = co_await fetching;
    if (!fetched && fetched.error().code == "NoInstanceMetadata") {
      fetched.error().code = "NoCredentials";
      fetched.error().message.insert(
          0,
          "found no AWS credentials in the environment, the profile files, a web identity or a "
          "container endpoint; ");
    }
    co_return fetched;
  }

 private:
  const CredentialTools& tools_;
};

class FileFetcher final : public CredentialFetcher {
 public:
  FileFetcher(const CredentialTools& tools, std::string path, std::string profile)
      : tools_(tools), path_(std::move(path)), profile_(std::move(profile)) {}

  Task<Result<AwsCredentials>> Fetch(CallContext context) override {
    auto answer = ReadFileProfile(tools_.files, path_, profile_);
    if (!answer) co_return std::unexpected(answer.error());
    if (auto* keys = std::get_if<AwsCredentials>(&*answer)) co_return std::move(*keys);
    if (auto* role = std::get_if<WebIdentitySource>(&*answer)) {
      auto fetching = FetchWebIdentity(tools_, std::move(context), std::move(*role));
      auto fetched = co_await fetching;
      co_return fetched;
    }
    co_return Fail(ErrorClass::kAuth, "NoCredentials",
                   "AWS profile \"" + profile_ + "\" in " + path_ + " holds no credentials");
  }

 private:
  const CredentialTools& tools_;
  std::string path_;
  std::string profile_;
};

class NoFileFetcher final : public CredentialFetcher {
 public:
  Task<Result<AwsCredentials>> Fetch(CallContext /*context*/) override {
    co_return Fail(
        ErrorClass::kValidation, "CredentialSourceUnsupported",
        "spec.aws.credentials.file needs a folder of manifests; use secretRef, podIdentity "
        "or environment in a cluster");
  }
};

class SecretFetcher final : public CredentialFetcher {
 public:
  SecretFetcher(SecretReader* secrets, std::string namespace_name, std::string name)
      : secrets_(secrets), namespace_(std::move(namespace_name)), name_(std::move(name)) {}

  Task<Result<AwsCredentials>> Fetch(CallContext /*context*/) override {
    if (secrets_ == nullptr) {
      co_return Fail(ErrorClass::kValidation, "CredentialSourceUnsupported",
                     "secretRef needs Kubernetes; use file, environment or podIdentity here");
    }
    auto reading = secrets_->ReadSecret(namespace_, name_);
    auto data = co_await reading;
    if (!data) co_return std::unexpected(data.error());
    auto credentials = CredentialsFromSecret(*data);
    if (!credentials) credentials.error().message.insert(0, "Secret " + name_ + ": ");
    co_return credentials;
  }

 private:
  SecretReader* secrets_;
  std::string namespace_;
  std::string name_;
};

class PodIdentityFetcher final : public CredentialFetcher {
 public:
  explicit PodIdentityFetcher(const CredentialTools& tools) : tools_(tools) {}

  Task<Result<AwsCredentials>> Fetch(CallContext context) override {
    Task<Result<AwsCredentials>> fetching;
    if (auto role = WebIdentityFromVariables(tools_.environment)) {
      fetching = FetchWebIdentity(tools_, std::move(context), std::move(*role));
    } else if (ContainerConfigured(tools_.environment) == Configured::kYes) {
      fetching = FetchContainer(tools_, std::move(context));
    } else {
      co_return Fail(ErrorClass::kAuth, "NoCredentials",
                     "podIdentity: neither AWS_WEB_IDENTITY_TOKEN_FILE with AWS_ROLE_ARN nor "
                     "AWS_CONTAINER_CREDENTIALS_FULL_URI is set");
    }
    auto fetched = co_await fetching;
    co_return fetched;
  }

 private:
  const CredentialTools& tools_;
};

std::string FullPath(const FileCredentials& source, const ProviderConfigObject& config) {
  const std::filesystem::path path(source.path);
  if (path.is_absolute() || config.base_directory.empty()) return source.path;
  return (std::filesystem::path(config.base_directory) / path).string();
}

std::string EitherCase(const std::map<std::string, std::string>& data, std::string name) {
  if (const auto it = data.find(name); it != data.end()) return it->second;
  for (char& c : name) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  const auto it = data.find(name);
  return it == data.end() ? std::string() : it->second;
}

}  // namespace

Result<AwsCredentials> CredentialsFromVariables(const EnvironmentVariables& environment) {
  auto token = Variable(environment, "AWS_SESSION_TOKEN");
  if (token.empty()) token = Variable(environment, "AWS_SECURITY_TOKEN");
  AwsCredentials credentials{
      .access_key_id = std::string(Variable(environment, "AWS_ACCESS_KEY_ID")),
      .secret_access_key = std::string(Variable(environment, "AWS_SECRET_ACCESS_KEY")),
      .session_token = std::string(token),
      .expires_at = ParseIso8601(Variable(environment, "AWS_CREDENTIAL_EXPIRATION"))};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return Fail(ErrorClass::kAuth, "CredentialIncomplete",
                "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must both be set");
  }
  return credentials;
}

Result<AwsCredentials> CredentialsFromSecret(const std::map<std::string, std::string>& data) {
  AwsCredentials credentials{.access_key_id = EitherCase(data, "aws_access_key_id"),
                             .secret_access_key = EitherCase(data, "aws_secret_access_key"),
                             .session_token = EitherCase(data, "aws_session_token"),
                             .expires_at = std::nullopt};
  if (!credentials.access_key_id.empty() && !credentials.secret_access_key.empty()) {
    return credentials;
  }
  if (const auto file = data.find("credentials"); file != data.end()) {
    const auto profiles = ParseProfiles(file->second, ProfileForm::kCredentials);
    if (!profiles) return std::unexpected(profiles.error());
    const auto profile = profiles->find("default");
    auto answer = profile == profiles->end() ? Result<ProfileAnswer>(NothingThere{})
                                             : AnswerOf(profile->second, "default", {});
    if (!answer) return std::unexpected(answer.error());
    if (auto* keys = std::get_if<AwsCredentials>(&*answer)) return std::move(*keys);
  }
  return Fail(ErrorClass::kAuth, "CredentialIncomplete",
              "needs the keys aws_access_key_id and aws_secret_access_key, or a key named "
              "credentials with a default profile");
}

std::unique_ptr<CredentialFetcher> MakeFetcher(const CredentialTools& tools, SecretReader* secrets,
                                               ProviderConfigPtr config) {
  const CredentialSource source =
      config->spec.aws ? config->spec.aws->credentials : CredentialSource{EnvironmentCredentials{}};
  if (const auto* file = std::get_if<FileCredentials>(&source)) {
    if (secrets != nullptr) return std::make_unique<NoFileFetcher>();
    return std::make_unique<FileFetcher>(tools, FullPath(*file, *config), file->profile);
  }
  if (const auto* secret = std::get_if<SecretCredentials>(&source)) {
    return std::make_unique<SecretFetcher>(secrets, config->meta.key.namespace_, secret->name);
  }
  if (std::holds_alternative<PodIdentityCredentials>(source)) {
    return std::make_unique<PodIdentityFetcher>(tools);
  }
  return std::make_unique<EnvironmentFetcher>(tools);
}

}  // namespace instanced::aws
