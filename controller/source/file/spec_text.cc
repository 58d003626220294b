#include "controller/source/file/spec_text.h"

#include <string_view>

namespace instanced {
namespace {

const std::string& TextOf(const std::string& text) { return text; }
std::string TextOf(const PackedText& text) { return text.ToString(); }

template <class Spec>
std::string TextOfSpec(const Spec& spec) {
  std::string text;
  const auto member = [&text](std::string_view name, std::string_view value) {
    text.append(text.empty() ? "{\"" : ",\"").append(name).append("\":").append(value);
  };
  const auto word = [&member](std::string_view name, std::string_view value) {
    std::string quoted;
    quoted.reserve(value.size() + 2);
    quoted.append("\"").append(value).append("\"");
    member(name, quoted);
  };
  word("adoptionPolicy", ToString(spec.adoption_policy));
  word("deletionPolicy", ToString(spec.deletion_policy));
  if (!spec.external_name.empty()) word("externalName", TextOf(spec.external_name));
  member("forProvider", TextOf(spec.for_provider));
  std::string policies;
  for (const auto policy : {ManagementPolicy::kObserve, ManagementPolicy::kCreate,
                            ManagementPolicy::kUpdate, ManagementPolicy::kDelete}) {
    if (!spec.management_policies.Allows(policy)) continue;
    policies.append(policies.empty() ? "[\"" : ",\"").append(ToString(policy)).append("\"");
  }
  member("managementPolicies", policies.empty() ? "[]" : policies.append("]"));
  word("onCreateFailed", ToString(spec.on_create_failed));
  word("onMissing", ToString(spec.on_missing));
  if (!spec.plugin.empty()) word("plugin", TextOf(spec.plugin));
  member("preventDestroy", spec.prevent_destroy == PreventDestroy::kYes ? "true" : "false");
  word("providerConfigRef", TextOf(spec.provider_config_ref));
  word("replacePolicy", ToString(spec.replace_policy));
  return text.append("}");
}

}  // namespace

std::string SpecText(const InstanceSpec& spec) { return TextOfSpec(spec); }
std::string SpecText(const InstanceView::Spec& spec) { return TextOfSpec(spec); }

}  // namespace instanced
