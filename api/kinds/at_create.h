// Which fields a create carries, and which only an update after it can set.
#pragma once

#include <string_view>

#include "api/kinds/kind_traits.h"

namespace instanced {

enum class AtCreate { kSent, kAfterwards };
AtCreate AtCreateOf(const KindTraits& traits, std::string_view field);

}  // namespace instanced
