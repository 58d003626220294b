#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/http/trimmed.h"
#include "controller/provider/alibaba/credential_plan.h"
#include "controller/provider/alibaba/lenient_json.h"

namespace instanced::alibaba {
namespace {

using nlohmann::json;
using Section = std::map<std::string, std::string>;

std::unexpected<Error> Unusable(const std::string& profile, std::string_view why) {
  return Fail(ErrorClass::kAuth, "NoCredential",
              fmt::format("credential profile \"{}\" {}", profile, why));
}

std::string Value(const Section& section, const std::string& name) {
  const auto found = section.find(name);
  return found == section.end() ? std::string() : found->second;
}

std::string SessionName(const Section& section, const std::string& name) {
  auto session = Value(section, name);
  return session.empty() ? std::string(kDefaultSessionName) : session;
}

Result<CredentialPlan> KeyPlan(const Section& section, const std::string& profile,
                               const std::string& token_name) {
  SigningKey key{Value(section, "access_key_id"), Value(section, "access_key_secret"),
                 Value(section, token_name)};
  if (key.access_key_id.empty() || key.access_key_secret.empty()) {
    return Unusable(profile, "lacks access_key_id or access_key_secret");
  }
  return key;
}

Result<CredentialPlan> AssumePlan(const Section& section, const std::string& profile,
                                  const std::string& arn_name, const std::string& session_name) {
  auto base = KeyPlan(section, profile, "sts_token");
  if (!base) return base;
  const std::string arn = Value(section, arn_name);
  if (arn.empty()) return Unusable(profile, "lacks the role's ARN");
  return AssumedRole{std::get<SigningKey>(*base), arn, SessionName(section, session_name)};
}

Result<CredentialPlan> OidcPlan(const Section& section, const std::string& profile,
                                const std::string& arn_name, const std::string& session_name) {
  OidcRole role{Value(section, arn_name), Value(section, "oidc_provider_arn"),
                Value(section, "oidc_token_file"), SessionName(section, session_name)};
  if (role.role_arn.empty() || role.provider_arn.empty() || role.token_file.empty()) {
    return Unusable(profile, "lacks the role, the OIDC provider or the token file");
  }
  return role;
}

Result<CredentialPlan> PlanCliSection(const Section& section, const std::string& profile) {
  const std::string mode = Value(section, "mode");
  if (mode.empty() || mode == "AK") return KeyPlan(section, profile, "");
  if (mode == "StsToken") return KeyPlan(section, profile, "sts_token");
  if (mode == "RamRoleArn") return AssumePlan(section, profile, "ram_role_arn", "ram_session_name");
  if (mode == "EcsRamRole") return EcsRole{Value(section, "ram_role_name")};
  if (mode == "OIDC") return OidcPlan(section, profile, "ram_role_arn", "ram_session_name");
  if (mode == "CredentialsURI") return CredentialsUri{Value(section, "credentials_uri")};
  return Unusable(profile, fmt::format("has mode {}, which is not supported", mode));
}

Result<CredentialPlan> PlanIniSection(const Section& section, const std::string& profile) {
  const std::string type = Value(section, "type");
  if (type.empty() || type == "access_key") return KeyPlan(section, profile, "");
  if (type == "sts") return KeyPlan(section, profile, "security_token");
  if (type == "ecs_ram_role") return EcsRole{Value(section, "role_name")};
  if (type == "ram_role_arn") return AssumePlan(section, profile, "role_arn", "role_session_name");
  if (type == "oidc_role_arn") return OidcPlan(section, profile, "role_arn", "role_session_name");
  return Unusable(profile, fmt::format("has type {}, which is not supported", type));
}

Result<CredentialPlan> PlanFromCliJson(std::string_view text, const std::string& profile) {
  const json config = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!config.is_object()) return Unusable(profile, "is in a file that is not JSON");
  const std::string current = TextOf(config, "current");
  std::optional<Section> section;
  for (const json* entry : ItemsOf(config, "profiles", "profile")) {
    if (!entry->is_object()) continue;
    const std::string name = TextOf(*entry, "name");
    const bool stands_in = profile == "default" && name == current && !section;
    if (name != profile && !stands_in) continue;
    section.emplace();
    for (const auto& item : entry->items()) {
      (*section)[item.key()] = AsText(&item.value()).value_or("");
    }
    if (name == profile) break;
  }
  if (!section) return Unusable(profile, "is not in the file");
  return PlanCliSection(*section, profile);
}

std::map<std::string, Section> ParseIni(std::string_view text) {
  std::map<std::string, Section> sections;
  Section* section = nullptr;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = Trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.front() == '#' || line.front() == ';') continue;
    if (line.front() == '[' && line.back() == ']') {
      section = &sections[std::string(Trimmed(line.substr(1, line.size() - 2)))];
      continue;
    }
    const auto equals = line.find('=');
    if (section == nullptr || equals == std::string::npos) continue;
    (*section)[std::string(Trimmed(line.substr(0, equals)))] = Trimmed(line.substr(equals + 1));
  }
  return sections;
}

}  // namespace

Result<CredentialPlan> PlanFromFileText(std::string_view text, const std::string& profile) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') return PlanFromCliJson(text, profile);
  const auto sections = ParseIni(text);
  const auto found = sections.find(profile);
  if (found == sections.end()) return Unusable(profile, "is not in the file");
  return PlanIniSection(found->second, profile);
}

}  // namespace instanced::alibaba
