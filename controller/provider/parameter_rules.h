// ParameterRules: what only the other side knows of forProvider, for kinds whose fields are no part
// of this program (plugins). Built-in kinds have none: their CRD and KindTraits say all.
//
// A Connection carries them (registry.h). Pure. Threads: any; immutable.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/kinds/fields.h"
#include "api/kinds/kind_traits.h"

namespace instanced {

class ParameterRules {
 public:
  virtual ~ParameterRules() = default;
  // Everything that is wrong with spec.forProvider, one sentence each, beginning with the field's
  // path ("spec.forProvider.size: found 0, expected 1 or more"); empty: nothing.
  virtual std::vector<std::string> Check(const nlohmann::json& parameters) const = 0;
  // What the static table of the kind could not know: fields nobody can change, and those that are
  // never reported.
  virtual std::vector<FieldDiff> Refine(std::vector<FieldDiff> diffs) const = 0;
};

// Whose ids and names an instance's are among: "connect", "plugin/NAME".
inline std::string ServiceKeyOf(Kind kind, const std::string& plugin) {
  std::string service(TraitsOf(kind).service);
  return plugin.empty() ? service : service + "/" + plugin;
}

// Whose credential is used: a cloud's, or a plugin's own.
inline std::string CredentialScope(const KindTraits& traits, const std::string& plugin) {
  const std::string cloud(ToString(traits.cloud));
  return traits.cloud == Cloud::kPlugin ? cloud + "/" + plugin : cloud;
}

}  // namespace instanced
