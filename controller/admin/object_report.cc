#include "controller/admin/object_report.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <nlohmann/json.hpp>

#include "api/kinds/kind_traits.h"

namespace instanced {
namespace {

// Where the describe calls keep it: instanceStatus (Connect), state (Supply Chain), status (CCC and
// plugins); OutboundBot has none.
constexpr std::array<std::string_view, 3> kStateMembers{"instanceStatus", "state", "status"};

constexpr std::array kKinds{Kind::kConnectInstance,         Kind::kSupplyChainInstance,
                            Kind::kCloudCallCenterInstance, Kind::kOutboundBotInstance,
                            Kind::kPluginInstance,          Kind::kProviderConfig};

std::string Lower(std::string_view word) {
  std::string lower(word);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

std::string KnownKinds() {
  std::string text;
  for (const Kind kind : kKinds) {
    text += (text.empty() ? "" : ", ") + std::string(ToString(kind));
    const auto short_name = ResourceNamesOf(kind).short_name;
    if (!short_name.empty()) text += " (" + std::string(short_name) + ")";
  }
  return text;
}

}  // namespace

bool ObjectQuery::Selects(const ObjectMeta& meta) const {
  return std::ranges::find(kinds, meta.key.kind) != kinds.end() &&
         (namespace_.empty() || namespace_ == meta.key.namespace_) &&
         (name.empty() || name == meta.key.name) && labels.Matches(meta.labels);
}

bool ObjectQuery::Selects(const InstanceView::Meta& meta) const {
  return std::ranges::find(kinds, meta.key.kind) != kinds.end() &&
         (namespace_.empty() || namespace_ == meta.key.namespace_) &&
         (name.empty() || name == meta.key.name) &&
         (labels.terms.empty() || labels.Matches(meta.labels.Pairs()));
}

std::string CloudStateOf(const InstanceObject& object) {
  const auto document = nlohmann::json::parse(object.status.at_provider, nullptr, false);
  if (!document.is_object()) return "";
  for (const auto member : kStateMembers) {
    const auto found = document.find(member);
    if (found != document.end() && found->is_string()) return found->get<std::string>();
  }
  return "";
}

std::optional<Kind> FindKind(std::string_view word) {
  const std::string lower = Lower(word);
  const auto found = std::ranges::find_if(kKinds, [&](Kind kind) {
    const auto names = ResourceNamesOf(kind);
    return lower == names.singular || lower == names.plural ||
           (!lower.empty() && lower == names.short_name);
  });
  if (found == kKinds.end()) return std::nullopt;
  return *found;
}

Result<std::vector<Kind>> ParseKinds(std::string_view words) {
  const auto instances = InstanceKinds();
  if (words.empty() || Lower(words) == "all") {
    return std::vector<Kind>(instances.begin(), instances.end());
  }
  std::vector<Kind> kinds;
  while (true) {
    const auto comma = words.find(',');
    const auto word = words.substr(0, comma);
    const auto kind = FindKind(word);
    if (!kind) {
      return Fail(ErrorClass::kValidation, "UnknownKind",
                  "there is no kind \"" + std::string(word) + "\"; there are " + KnownKinds());
    }
    kinds.push_back(*kind);
    if (comma == std::string_view::npos) return kinds;
    words.remove_prefix(comma + 1);
  }
}

}  // namespace instanced
