#include "api/kinds/provider_config.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "api/kinds/json_reader.h"

namespace instanced {
namespace {

// One error of several readers: the first wins.
void Keep(std::optional<Error>& error, const JsonReader& reader) {
  if (!error) error = reader.error();
}

CredentialSource ReadFile(const nlohmann::json& json, const std::string& path,
                          std::optional<Error>& error) {
  FileCredentials file;
  JsonReader reader(json, path + ".file");
  reader.Read("path", file.path);
  reader.Read("profile", file.profile);
  if (file.path.empty()) reader.Misfit("path", "the path of a credentials file");
  Keep(error, reader);
  return file;
}

CredentialSource ReadSecret(const nlohmann::json& json, const std::string& path,
                            std::optional<Error>& error) {
  SecretCredentials secret;
  JsonReader reader(json, path + ".secretRef");
  reader.Read("name", secret.name);
  if (secret.name.empty()) reader.Misfit("name", "the name of a Secret");
  Keep(error, reader);
  return secret;
}

CredentialSource ReadCredentials(const nlohmann::json& json, const std::string& path,
                                 std::optional<Error>& error) {
  JsonReader reader(json, path);
  const auto* environment = reader.Object("environment");
  const auto* file = reader.Object("file");
  const auto* secret = reader.Object("secretRef");
  const auto* pod = reader.Object("podIdentity");
  const int count =
      (environment != nullptr) + (file != nullptr) + (secret != nullptr) + (pod != nullptr);
  if (count != 1) reader.Misfit({}, "exactly one of environment, file, secretRef, podIdentity");
  Keep(error, reader);
  if (file != nullptr) return ReadFile(*file, path, error);
  if (secret != nullptr) return ReadSecret(*secret, path, error);
  if (pod != nullptr) return PodIdentityCredentials{};
  return EnvironmentCredentials{};
}

CloudConfig ReadCloud(const nlohmann::json& json, const std::string& path,
                      std::optional<Error>& error) {
  CloudConfig cloud;
  JsonReader reader(json, path);
  reader.Read("region", cloud.region);
  reader.Read("accountId", cloud.account_id);
  reader.Read("endpoints", cloud.endpoints);
  if (const auto* credentials = reader.Object("credentials")) {
    cloud.credentials = ReadCredentials(*credentials, path + ".credentials", error);
  }
  Keep(error, reader);
  return cloud;
}

void ReadBudgets(const nlohmann::json& json, std::map<std::string, RateOverride>& out,
                 std::optional<Error>& error) {
  for (const auto& [operation, rate] : json.items()) {
    RateOverride override_;
    JsonReader reader(rate, "spec.budgets." + operation);
    reader.Read("perSecond", override_.per_second);
    reader.Read("burst", override_.burst);
    if (override_.per_second <= 0) reader.Misfit("perSecond", "a rate above 0");
    if (override_.burst < 1) reader.Misfit("burst", "a burst of 1 or more");
    Keep(error, reader);
    out[operation] = override_;
  }
}

nlohmann::json CredentialsToJson(const CredentialSource& source) {
  if (const auto* file = std::get_if<FileCredentials>(&source)) {
    return {{"file", {{"path", file->path}, {"profile", file->profile}}}};
  }
  if (const auto* secret = std::get_if<SecretCredentials>(&source)) {
    return {{"secretRef", {{"name", secret->name}}}};
  }
  const bool pod = std::holds_alternative<PodIdentityCredentials>(source);
  return {{pod ? "podIdentity" : "environment", nlohmann::json::object()}};
}

nlohmann::json CloudToJson(const CloudConfig& cloud) {
  nlohmann::json json{{"credentials", CredentialsToJson(cloud.credentials)}};
  if (!cloud.region.empty()) json["region"] = cloud.region;
  if (!cloud.account_id.empty()) json["accountId"] = cloud.account_id;
  if (!cloud.endpoints.empty()) json["endpoints"] = cloud.endpoints;
  return json;
}

}  // namespace

Result<ProviderConfigSpec> ProviderConfigSpecFromJson(const nlohmann::json& spec) {
  ProviderConfigSpec out;
  std::optional<Error> error;
  JsonReader reader(spec, "spec");
  if (const auto* aws = reader.Object("aws")) out.aws = ReadCloud(*aws, "spec.aws", error);
  if (const auto* alibaba = reader.Object("alibaba")) {
    out.alibaba = ReadCloud(*alibaba, "spec.alibaba", error);
  }
  if (const auto* budgets = reader.Object("budgets")) ReadBudgets(*budgets, out.budgets, error);
  reader.Read("exposePersonalData", out.expose_personal_data);
  Keep(error, reader);
  if (error) return std::unexpected(std::move(*error));
  return out;
}

nlohmann::json ToJson(const ProviderConfigSpec& spec) {
  nlohmann::json json{{"exposePersonalData", spec.expose_personal_data}};
  if (spec.aws) json["aws"] = CloudToJson(*spec.aws);
  if (spec.alibaba) json["alibaba"] = CloudToJson(*spec.alibaba);
  for (const auto& [operation, rate] : spec.budgets) {
    json["budgets"][operation] = {{"perSecond", rate.per_second}, {"burst", rate.burst}};
  }
  return json;
}

}  // namespace instanced
