// The tables of the instance kinds, one unit each. Only kind_traits.cc reads them.
#pragma once

#include "api/kinds/kind_traits.h"

namespace instanced {

extern const KindTraits kConnectInstanceTraits;
extern const KindTraits kSupplyChainInstanceTraits;
extern const KindTraits kCloudCallCenterInstanceTraits;
extern const KindTraits kOutboundBotInstanceTraits;
extern const KindTraits kPluginInstanceTraits;

}  // namespace instanced
