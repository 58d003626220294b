// Runs one instancectl command from its arguments to its exit code.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <map>
#include <span>
#include <string>

#include "controller/clock/clock.h"

namespace instanced::ctl {

// 2 is kept for `plan`: changes are due.
enum class ExitCode { kDone = 0, kFailed = 1, kUnreachable = 3 };

struct Surroundings {
  std::map<std::string, std::string> environment;
  std::string user;           // whom approve and release name in the history
  std::size_t width = 0;      // of the terminal; 0 when the output is none
  const Clock& clock;         // for ages
  std::ostream& output;       // answers
  std::ostream& diagnostics;  // what went wrong and what to do about it
};

ExitCode Run(std::span<const std::string> arguments, Surroundings& surroundings);

}  // namespace instanced::ctl
