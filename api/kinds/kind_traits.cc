#include "api/kinds/kind_traits.h"

#include <algorithm>
#include <array>
#include <utility>

#include "api/kinds/kind_tables.h"

namespace instanced {
namespace {

constexpr std::array kInstanceKinds{Kind::kConnectInstance, Kind::kSupplyChainInstance,
                                    Kind::kCloudCallCenterInstance, Kind::kOutboundBotInstance,
                                    Kind::kPluginInstance};

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string_view ToString(Cloud cloud) {
  switch (cloud) {
    case Cloud::kAws:
      return "aws";
    case Cloud::kAlibaba:
      return "alibaba";
    case Cloud::kPlugin:
      return "plugin";
  }
  std::unreachable();
}

const KindTraits& TraitsOf(Kind kind) {
  switch (kind) {
    case Kind::kConnectInstance:
      return kConnectInstanceTraits;
    case Kind::kSupplyChainInstance:
      return kSupplyChainInstanceTraits;
    case Kind::kCloudCallCenterInstance:
      return kCloudCallCenterInstanceTraits;
    case Kind::kOutboundBotInstance:
      return kOutboundBotInstanceTraits;
    case Kind::kPluginInstance:
      return kPluginInstanceTraits;
    case Kind::kProviderConfig:
      break;
  }
  std::unreachable();
}

ResourceNames ResourceNamesOf(Kind kind) {
  if (kind == Kind::kProviderConfig) return {"providerconfigs", "providerconfig", "ipc"};
  const KindTraits& traits = TraitsOf(kind);
  return {traits.plural, traits.singular, traits.short_name};
}

std::span<const Kind> InstanceKinds() { return kInstanceKinds; }

bool SameNaturalKey(const KindTraits& traits, std::string_view a, std::string_view b) {
  const FieldRule* rule = FindField(traits, traits.natural_key_field);
  if (!rule || rule->comparison != Comparison::kIgnoreCase) return a == b;
  return std::ranges::equal(a, b, {}, Lower, Lower);
}

std::string FoldNaturalKey(const KindTraits& traits, std::string_view key) {
  std::string folded(key);
  const FieldRule* rule = FindField(traits, traits.natural_key_field);
  if (rule && rule->comparison == Comparison::kIgnoreCase) {
    std::ranges::transform(folded, folded.begin(), Lower);
  }
  return folded;
}

const FieldRule* FindField(const KindTraits& traits, std::string_view name) {
  const auto it = std::ranges::find(traits.fields, name, &FieldRule::name);
  return it == traits.fields.end() ? traits.other_fields : &*it;
}

}  // namespace instanced
