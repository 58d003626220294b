#include "api/kinds/spec.h"

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/kinds/json_reader.h"

namespace instanced {
namespace {

using Dump = nlohmann::json::error_handler_t;

constexpr std::array kAdoption{AdoptionPolicy::kNever, AdoptionPolicy::kIfOwned,
                               AdoptionPolicy::kByNaturalKey};
constexpr std::array kDeletion{DeletionPolicy::kDelete, DeletionPolicy::kRetain};
constexpr std::array kMissing{OnMissing::kAlert, OnMissing::kRecreate};
constexpr std::array kCreateFailed{OnCreateFailed::kAlert, OnCreateFailed::kRecreate};
constexpr std::array kReplace{ReplacePolicy::kHold, ReplacePolicy::kRecreate};
constexpr std::array kManagement{ManagementPolicy::kObserve, ManagementPolicy::kCreate,
                                 ManagementPolicy::kUpdate, ManagementPolicy::kDelete};

template <class Values>
std::string OneOf(const Values& values) {
  std::string text = "one of";
  for (const auto value : values) text.append(" ").append(ToString(value));
  return text;
}

template <class Values, class Value>
bool ParseWord(const Values& values, std::string_view word, Value& out) {
  for (const auto value : values) {
    if (ToString(value) != word) continue;
    out = value;
    return true;
  }
  return false;
}

template <class Values, class Value>
void ReadWord(JsonReader& reader, const char* name, const Values& values, Value& out) {
  std::string word(ToString(out));
  reader.Read(name, word);
  if (!ParseWord(values, word, out)) reader.Misfit(name, OneOf(values));
}

void ReadPolicies(JsonReader& reader, ManagementPolicies& out) {
  constexpr const char* kName = "managementPolicies";
  const auto* list = reader.Array(kName);
  if (list == nullptr) return;
  std::uint8_t bits = 0;
  for (const auto& item : *list) {
    ManagementPolicy policy{};
    if (!item.is_string() || !ParseWord(kManagement, item.get<std::string>(), policy)) {
      return reader.Misfit(kName, OneOf(kManagement));
    }
    bits |= static_cast<std::uint8_t>(policy);
  }
  out = ManagementPolicies(bits);
}

}  // namespace

std::string_view ToString(AdoptionPolicy policy) {
  switch (policy) {
    case AdoptionPolicy::kNever:
      return "Never";
    case AdoptionPolicy::kIfOwned:
      return "IfOwned";
    case AdoptionPolicy::kByNaturalKey:
      return "ByNaturalKey";
  }
  std::unreachable();
}

std::string_view ToString(DeletionPolicy policy) {
  return policy == DeletionPolicy::kDelete ? "Delete" : "Retain";
}

std::string_view ToString(OnMissing policy) {
  return policy == OnMissing::kAlert ? "Alert" : "Recreate";
}

std::string_view ToString(OnCreateFailed policy) {
  return policy == OnCreateFailed::kAlert ? "Alert" : "Recreate";
}

std::string_view ToString(ReplacePolicy policy) {
  return policy == ReplacePolicy::kHold ? "Hold" : "Recreate";
}

std::string_view ToString(ManagementPolicy policy) {
  switch (policy) {
    case ManagementPolicy::kObserve:
      return "Observe";
    case ManagementPolicy::kCreate:
      return "Create";
    case ManagementPolicy::kUpdate:
      return "Update";
    case ManagementPolicy::kDelete:
      return "Delete";
  }
  std::unreachable();
}

Result<InstanceSpec> InstanceSpecFromJson(const nlohmann::json& spec) {
  InstanceSpec out;
  JsonReader reader(spec, "spec");
  reader.Read("providerConfigRef", out.provider_config_ref);
  reader.Read("externalName", out.external_name);
  reader.Read("plugin", out.plugin);
  ReadWord(reader, "adoptionPolicy", kAdoption, out.adoption_policy);
  ReadWord(reader, "deletionPolicy", kDeletion, out.deletion_policy);
  ReadWord(reader, "onMissing", kMissing, out.on_missing);
  ReadWord(reader, "onCreateFailed", kCreateFailed, out.on_create_failed);
  ReadWord(reader, "replacePolicy", kReplace, out.replace_policy);
  ReadPolicies(reader, out.management_policies);
  bool prevent_destroy = false;
  reader.Read("preventDestroy", prevent_destroy);
  out.prevent_destroy = prevent_destroy ? PreventDestroy::kYes : PreventDestroy::kNo;
  if (const auto* fields = reader.Object("forProvider")) {
    out.for_provider = fields->dump(-1, ' ', false, Dump::replace);
  }
  if (reader.error()) return std::unexpected(*reader.error());
  return out;
}

nlohmann::json ToJson(const InstanceSpec& spec) {
  auto policies = nlohmann::json::array();
  for (const auto policy : kManagement) {
    if (spec.management_policies.Allows(policy)) policies.push_back(ToString(policy));
  }
  auto fields = nlohmann::json::parse(spec.for_provider, nullptr, false);
  if (!fields.is_object()) fields = nlohmann::json::object();
  nlohmann::json json{{"providerConfigRef", spec.provider_config_ref},
                      {"adoptionPolicy", ToString(spec.adoption_policy)},
                      {"managementPolicies", std::move(policies)},
                      {"deletionPolicy", ToString(spec.deletion_policy)},
                      {"onMissing", ToString(spec.on_missing)},
                      {"onCreateFailed", ToString(spec.on_create_failed)},
                      {"replacePolicy", ToString(spec.replace_policy)},
                      {"preventDestroy", spec.prevent_destroy == PreventDestroy::kYes},
                      {"forProvider", std::move(fields)}};
  if (!spec.external_name.empty()) json["externalName"] = spec.external_name;
  if (!spec.plugin.empty()) json["plugin"] = spec.plugin;
  return json;
}

}  // namespace instanced
