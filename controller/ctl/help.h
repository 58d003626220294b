// Help texts, made from the command table.
#pragma once

#include <string>

#include "controller/ctl/command_table.h"

namespace instanced::ctl {

// Fits 80 columns and lists the exit codes.
std::string HelpText();
std::string HelpText(const Command& command);

}  // namespace instanced::ctl
