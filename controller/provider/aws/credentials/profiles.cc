#include "controller/provider/aws/credentials/profiles.h"

#include <filesystem>
#include <utility>

namespace instanced::aws {
namespace {

Error Unusable(const std::string& profile, std::string_view why) {
  return Fail(ErrorClass::kValidation, "CredentialSourceUnsupported",
              "cannot use AWS profile \"" + profile + "\": " + std::string(why))
      .error();
}

Result<ProfileAnswer> RoleOf(const Profile& profile, const std::string& name,
                             const std::string& base_directory) {
  const auto token_file = Setting(profile, "web_identity_token_file");
  if (token_file.empty()) {
    return std::unexpected(
        Unusable(name,
                 "role_arn is supported with web_identity_token_file only, not with "
                 "source_profile or credential_source"));
  }
  const std::filesystem::path path(token_file);
  const auto full = path.is_absolute() ? path : std::filesystem::path(base_directory) / path;
  return WebIdentitySource{.role_arn = std::string(Setting(profile, "role_arn")),
                           .token_file = full.string(),
                           .session_name = std::string(Setting(profile, "role_session_name"))};
}

std::string PathFor(const EnvironmentVariables& environment, const std::string& variable,
                    std::string_view below_home) {
  const auto chosen = Variable(environment, variable);
  if (!chosen.empty()) return std::string(chosen);
  const auto home = Variable(environment, "HOME");
  return home.empty() ? std::string() : std::string(home) + "/.aws/" + std::string(below_home);
}

// No file, no profiles.
Result<ProfileMap> ReadProfiles(const FileReader& files, const std::string& path,
                                ProfileForm form) {
  if (path.empty()) return ProfileMap{};
  const auto text = files.Read(path);
  if (!text) {
    if (text.error().error_class == ErrorClass::kNotFound) return ProfileMap{};
    return std::unexpected(text.error());
  }
  auto profiles = ParseProfiles(*text, form);
  if (!profiles) profiles.error().message.insert(0, path + ": ");
  return profiles;
}

const Profile* Find(const ProfileMap& profiles, const std::string& name) {
  const auto it = profiles.find(name);
  return it == profiles.end() ? nullptr : &it->second;
}

std::unexpected<Error> NoProfile(const std::string& name, const std::string& where) {
  return Fail(ErrorClass::kAuth, "NoSuchProfile",
              "there is no AWS profile \"" + name + "\" in " + where);
}

std::string DirectoryOf(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

}  // namespace

Result<ProfileAnswer> AnswerOf(const Profile& profile, const std::string& name,
                               const std::string& base_directory) {
  if (profile.contains("role_arn")) return RoleOf(profile, name, base_directory);
  const auto id = Setting(profile, "aws_access_key_id");
  const auto secret = Setting(profile, "aws_secret_access_key");
  if (id.empty() != secret.empty()) {
    return Fail(ErrorClass::kAuth, "CredentialIncomplete",
                "AWS profile \"" + name +
                    "\" has one of aws_access_key_id and "
                    "aws_secret_access_key without the other");
  }
  if (!id.empty()) {
    return AwsCredentials{.access_key_id = std::string(id),
                          .secret_access_key = std::string(secret),
                          .session_token = std::string(Setting(profile, "aws_session_token")),
                          .expires_at = std::nullopt};
  }
  for (const char* other : {"sso_session", "sso_start_url", "credential_process"}) {
    if (profile.contains(other)) {
      return std::unexpected(Unusable(name, std::string(other) + " is not supported"));
    }
  }
  return NothingThere{};
}

Result<ProfileAnswer> ReadEnvironmentProfile(const FileReader& files,
                                             const EnvironmentVariables& environment) {
  auto chosen = Variable(environment, "AWS_PROFILE");
  if (chosen.empty()) chosen = Variable(environment, "AWS_DEFAULT_PROFILE");
  const std::string name(chosen.empty() ? "default" : chosen);
  const auto keys_path = PathFor(environment, "AWS_SHARED_CREDENTIALS_FILE", "credentials");
  const auto config_path = PathFor(environment, "AWS_CONFIG_FILE", "config");
  const auto keys = ReadProfiles(files, keys_path, ProfileForm::kCredentials);
  if (!keys) return std::unexpected(keys.error());
  const auto config = ReadProfiles(files, config_path, ProfileForm::kConfig);
  if (!config) return std::unexpected(config.error());

  const Profile* in_keys = Find(*keys, name);
  const Profile* in_config = Find(*config, name);
  if (in_keys == nullptr && in_config == nullptr) {
    if (!chosen.empty()) return NoProfile(name, "the AWS credentials and config files");
    return NothingThere{};
  }
  const std::string directory = DirectoryOf(in_config != nullptr ? config_path : keys_path);
  if (in_config != nullptr && in_config->contains("role_arn")) {
    return RoleOf(*in_config, name, directory);
  }
  if (in_keys != nullptr) {
    auto answer = AnswerOf(*in_keys, name, directory);
    if (!answer || !std::holds_alternative<NothingThere>(*answer)) return answer;
  }
  if (in_config == nullptr) return NothingThere{};
  return AnswerOf(*in_config, name, directory);
}

Result<ProfileAnswer> ReadFileProfile(const FileReader& files, const std::string& path,
                                      const std::string& name) {
  const auto text = files.Read(path);
  if (!text) {
    Error error = text.error();
    error.error_class = ErrorClass::kAuth;
    return std::unexpected(std::move(error));
  }
  for (const auto form : {ProfileForm::kCredentials, ProfileForm::kConfig}) {
    auto profiles = ParseProfiles(*text, form);
    if (!profiles) {
      profiles.error().message.insert(0, path + ": ");
      return std::unexpected(profiles.error());
    }
    if (const Profile* profile = Find(*profiles, name)) {
      return AnswerOf(*profile, name, DirectoryOf(path));
    }
  }
  return NoProfile(name, path);
}

}  // namespace instanced::aws
