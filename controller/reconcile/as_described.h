// AsDescribed: what a list says of an instance, in the words of the describe call.
#pragma once

#include <string_view>

#include <nlohmann/json.hpp>

namespace instanced {

// `listed` as far as the describe call recorded as `described` (canonical JSON; empty: none) says
// it too. A list may say more and less than it: taking turns, the two would change the status each
// time. Pure.
nlohmann::json AsDescribed(nlohmann::json listed, std::string_view described);

}  // namespace instanced
