// The version both programs report.
#pragma once

#include <string_view>

namespace instanced {

// "0.1.0", as the build declares it.
std::string_view ProgramVersion();

}  // namespace instanced
