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

const FieldRule* FindField(const KindTraits& traits, std::string_view name) {
  const auto it = std::ranges::find(traits.fields, name, &FieldRule::name);
  return it == traits.fields.end() ? traits.other_fields : &*it;
}

}  // namespace instanced
