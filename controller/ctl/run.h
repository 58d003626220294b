// Runs one instancectl command from its arguments to its exit code.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <map>
#include <span>
#include <string>

#include "controller/clock/clock.h"
#include "controller/ctl/colour.h"

namespace instanced::ctl {

enum class ExitCode { kDone = 0, kFailed = 1, kChangesDue = 2, kUnreachable = 3 };

struct Surroundings {
  std::map<std::string, std::string> environment;
  std::string user;       // whom approve and release name in the history
  std::size_t width = 0;  // of the terminal; 0 when the output is none
  Colours colours = Colours::kOff;
  const Clock& clock;         // for ages
  std::ostream& output;       // answers
  std::ostream& diagnostics;  // what went wrong and what to do about it
};

// Colours are for a terminal that has not asked for none: NO_COLOR (set to anything), TERM=dumb.
Colours ColoursFor(std::size_t width, const std::map<std::string, std::string>& environment);

ExitCode Run(std::span<const std::string> arguments, Surroundings& surroundings);

}  // namespace instanced::ctl
