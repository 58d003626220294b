// The manual page instancectl(1), made from the command table.
#pragma once

#include <string>

namespace instanced::ctl {

// roff with the man macros. deploy/man/instancectl.1 is this text; a test holds them equal.
std::string ManualPage();

}  // namespace instanced::ctl
