// The command line of the program `cloudsim`.
#pragma once

#include <expected>
#include <string>

#include "tests/cloudsim/server/server.h"

namespace instanced::cloudsim {

enum class Lifetime { kUntilSignal, kWithParent };

struct Flags {
  ServerOptions server;
  Lifetime lifetime = Lifetime::kUntilSignal;
};

struct FlagExit {
  int code = 0;
  std::string text;
};

// The text and exit code to end with when the flags ask for help or are wrong.
std::expected<Flags, FlagExit> ParseFlags(int argc, const char* const* argv);

}  // namespace instanced::cloudsim
