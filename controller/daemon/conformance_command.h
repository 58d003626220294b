// `instanced conformance ADDRESS`: the checks of a provider plugin as a program.
#pragma once

#include <iosfwd>

#include "controller/config/command_line.h"

namespace instanced {

// Prints the report; 0 when no check failed, 1 when one did, 2 when a file cannot be read or
// written or a check has no such name, 3 when nobody answers.
int RunConformance(const CheckConformance& check, std::ostream& out, std::ostream& err);

}  // namespace instanced
