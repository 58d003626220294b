// The text of --help, made from the table of flags; no line is longer than 80 columns.
#pragma once

#include <string>

namespace instanced {

std::string ProgramHelp();
std::string RunHelp();
std::string ValidateHelp();
std::string HealthHelp();
std::string ConformanceHelp();

}  // namespace instanced
