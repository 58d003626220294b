// ProviderConfig: which credential, account, region and endpoints a set of instances uses.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>

#include <nlohmann/json_fwd.hpp>

#include "api/error/error.h"

namespace instanced {

// Where a credential comes from: exactly one of these.
struct EnvironmentCredentials {
  friend bool operator==(const EnvironmentCredentials&, const EnvironmentCredentials&) = default;
};
struct FileCredentials {
  std::string path;  // absolute, or relative to the manifest that names it
  std::string profile = "default";
  friend bool operator==(const FileCredentials&, const FileCredentials&) = default;
};
struct SecretCredentials {
  std::string name;  // in the ProviderConfig's own namespace
  friend bool operator==(const SecretCredentials&, const SecretCredentials&) = default;
};
struct PodIdentityCredentials {
  friend bool operator==(const PodIdentityCredentials&, const PodIdentityCredentials&) = default;
};
using CredentialSource = std::variant<EnvironmentCredentials, FileCredentials, SecretCredentials,
                                      PodIdentityCredentials>;

struct CloudConfig {
  std::string region;      // empty: from the environment
  std::string account_id;  // empty: not guarded
  CredentialSource credentials = EnvironmentCredentials{};
  // Service ("connect", "scn", "ccc", "outboundbot", "sts") to URL.
  std::map<std::string, std::string> endpoints;
  friend bool operator==(const CloudConfig&, const CloudConfig&) = default;
};

// Overrides of the published rates, per operation ("connect:DescribeInstance").
struct RateOverride {
  double per_second = 0;
  double burst = 0;
  friend bool operator==(const RateOverride&, const RateOverride&) = default;
};

struct ProviderConfigSpec {
  std::optional<CloudConfig> aws;
  std::optional<CloudConfig> alibaba;
  std::map<std::string, RateOverride> budgets;
  bool expose_personal_data = false;
  friend bool operator==(const ProviderConfigSpec&, const ProviderConfigSpec&) = default;
};

Result<ProviderConfigSpec> ProviderConfigSpecFromJson(const nlohmann::json& spec);
nlohmann::json ToJson(const ProviderConfigSpec& spec);

}  // namespace instanced
