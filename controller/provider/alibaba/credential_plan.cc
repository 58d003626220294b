#include "controller/provider/alibaba/credential_plan.h"

#include <filesystem>
#include <fstream>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "controller/http/trimmed.h"

namespace instanced::alibaba {

std::unexpected<Error> NoCredential(std::string message) {
  return Fail(ErrorClass::kAuth, "NoCredential", std::move(message));
}

namespace {

constexpr std::size_t kFileBytesMax = 1 << 20;
constexpr std::string_view kNowhere =
    "no Alibaba credential: looked for ALIBABA_CLOUD_ACCESS_KEY_ID and _SECRET, RRSA variables, "
    "~/.aliyun/config.json, ~/.alibabacloud/credentials, the ECS RAM role and "
    "ALIBABA_CLOUD_CREDENTIALS_URI";

bool IsTrue(const EnvironmentVariables& environment, std::string_view name) {
  return Variable(environment, name) == "true" || Variable(environment, name) == "1";
}

std::optional<CredentialPlan> PlanFromVariables(const EnvironmentVariables& environment) {
  SigningKey key{std::string(Variable(environment, "ALIBABA_CLOUD_ACCESS_KEY_ID")),
                 std::string(Variable(environment, "ALIBABA_CLOUD_ACCESS_KEY_SECRET")),
                 std::string(Variable(environment, "ALIBABA_CLOUD_SECURITY_TOKEN"))};
  if (key.access_key_id.empty() || key.access_key_secret.empty()) return std::nullopt;
  return key;
}

// A file that is not there, or whose profile is empty, leaves the chain to its next link.
std::optional<CredentialPlan> PlanFromHomeFile(const EnvironmentVariables& environment,
                                               std::string_view variable,
                                               std::string_view path_at_home) {
  std::string path(Variable(environment, variable));
  if (path.empty()) {
    const auto home = Variable(environment, "HOME");
    if (home.empty()) return std::nullopt;
    path = fmt::format("{}/{}", home, path_at_home);
  }
  const auto text = ReadCredentialFile(path);
  if (!text) return std::nullopt;
  const auto profile = Variable(environment, "ALIBABA_CLOUD_PROFILE");
  auto plan = PlanFromFileText(*text, profile.empty() ? "default" : std::string(profile));
  if (!plan) return std::nullopt;
  return *std::move(plan);
}

Result<std::vector<CredentialPlan>> PlanChain(const EnvironmentVariables& environment) {
  if (auto plan = PlanFromVariables(environment)) return std::vector{*std::move(plan)};
  if (auto plan = PlanPodIdentity(environment)) return std::vector{*std::move(plan)};
  if (!IsTrue(environment, "ALIBABA_CLOUD_CLI_PROFILE_DISABLED")) {
    auto plan = PlanFromHomeFile(environment, "ALIBABA_CLOUD_CONFIG_FILE", ".aliyun/config.json");
    if (plan) return std::vector{*std::move(plan)};
  }
  if (auto plan = PlanFromHomeFile(environment, "ALIBABA_CLOUD_CREDENTIALS_FILE",
                                   ".alibabacloud/credentials")) {
    return std::vector{*std::move(plan)};
  }
  std::vector<CredentialPlan> plans;
  if (!IsTrue(environment, "ALIBABA_CLOUD_ECS_METADATA_DISABLED")) {
    plans.push_back(EcsRole{std::string(Variable(environment, "ALIBABA_CLOUD_ECS_METADATA"))});
  }
  if (const auto uri = Variable(environment, "ALIBABA_CLOUD_CREDENTIALS_URI"); !uri.empty()) {
    plans.push_back(CredentialsUri{std::string(uri)});
  }
  if (plans.empty()) return NoCredential(std::string(kNowhere));
  return plans;
}

Result<CredentialPlan> PlanFile(const FileCredentials& file, const std::string& base_directory) {
  std::filesystem::path path(file.path);
  if (path.is_relative()) path = std::filesystem::path(base_directory) / path;
  auto text = ReadCredentialFile(path.string());
  if (!text) return std::unexpected(std::move(text.error()));
  return PlanFromFileText(*text, file.profile);
}

Result<std::vector<CredentialPlan>> Alone(Result<CredentialPlan> plan) {
  if (!plan) return std::unexpected(std::move(plan.error()));
  return std::vector{*std::move(plan)};
}

std::string Either(const std::map<std::string, std::string>& data, const std::string& name,
                   const std::string& variable) {
  for (const std::string& key : {name, variable}) {
    if (const auto found = data.find(key); found != data.end()) {
      // Secrets made from files often end in a line break.
      return std::string(Trimmed(found->second));
    }
  }
  return {};
}

}  // namespace

std::string_view Variable(const EnvironmentVariables& environment, std::string_view name) {
  const auto found = environment.find(std::string(name));
  return found == environment.end() ? std::string_view() : std::string_view(found->second);
}

Result<std::string> ReadCredentialFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(kFileBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  const auto size = static_cast<std::size_t>(std::max<std::streamsize>(file.gcount(), 0));
  if (file.bad() || !file.eof() || size > kFileBytesMax) {
    return NoCredential(fmt::format("cannot read credential file {}", path));
  }
  text.resize(size);
  return text;
}

Result<CredentialPlan> PlanPodIdentity(const EnvironmentVariables& environment) {
  OidcRole role{std::string(Variable(environment, "ALIBABA_CLOUD_ROLE_ARN")),
                std::string(Variable(environment, "ALIBABA_CLOUD_OIDC_PROVIDER_ARN")),
                std::string(Variable(environment, "ALIBABA_CLOUD_OIDC_TOKEN_FILE")),
                std::string(Variable(environment, "ALIBABA_CLOUD_ROLE_SESSION_NAME"))};
  if (role.role_arn.empty() || role.provider_arn.empty() || role.token_file.empty()) {
    return NoCredential(
        "podIdentity needs ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN and "
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE");
  }
  if (role.session_name.empty()) role.session_name = kDefaultSessionName;
  return role;
}

Result<CredentialPlan> PlanFromSecret(const std::map<std::string, std::string>& data) {
  SigningKey key{Either(data, "accessKeyId", "ALIBABA_CLOUD_ACCESS_KEY_ID"),
                 Either(data, "accessKeySecret", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"),
                 Either(data, "securityToken", "ALIBABA_CLOUD_SECURITY_TOKEN")};
  if (key.access_key_id.empty() || key.access_key_secret.empty()) {
    return NoCredential("the Secret needs accessKeyId and accessKeySecret");
  }
  return key;
}

Result<std::vector<CredentialPlan>> PlanCredentials(const CredentialSource& source,
                                                    const EnvironmentVariables& environment,
                                                    const std::string& base_directory) {
  if (std::holds_alternative<PodIdentityCredentials>(source)) {
    return Alone(PlanPodIdentity(environment));
  }
  if (const auto* file = std::get_if<FileCredentials>(&source)) {
    return Alone(PlanFile(*file, base_directory));
  }
  if (std::holds_alternative<SecretCredentials>(source)) {
    return Fail(ErrorClass::kValidation, "NoSecrets",
                "spec.alibaba.credentials.secretRef: there are no Secrets here");
  }
  return PlanChain(environment);
}

}  // namespace instanced::alibaba
