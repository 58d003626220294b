// A text without white space at either end, as tokens and names in files have it.
#pragma once

#include <string>
#include <string_view>

namespace instanced {

std::string Trimmed(std::string_view text);

}  // namespace instanced
