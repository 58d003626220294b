#include "controller/reconcile/as_described.h"

#include <string>
#include <utility>

#include "api/kinds/fields.h"

namespace instanced {

nlohmann::json AsDescribed(nlohmann::json listed, std::string_view described) {
  if (!listed.is_object() || described.empty()) return listed;
  auto shown = nlohmann::json::parse(described, nullptr, false);
  if (!shown.is_object()) return listed;
  // Not of the describe call: CarryCreateWarnings puts it there.
  shown.erase(std::string(kCreateWarnings));
  for (auto& [name, value] : shown.get_ref<nlohmann::json::object_t&>()) {
    if (const auto said = listed.find(name); said != listed.end()) value = std::move(*said);
  }
  return shown;
}

}  // namespace instanced
