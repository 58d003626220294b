// A text without white space (blank, tab, line end) at either end, as headers and files have it.
// A view of what was given.
#pragma once

#include <string_view>

namespace instanced {

std::string_view Trimmed(std::string_view text);

}  // namespace instanced
