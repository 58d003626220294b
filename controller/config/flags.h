// The table of the daemon's flags: one row says all there is to know about one of them.
//
// Every flag of `instanced run` is also the variable INSTANCED_FLAG_NAME and a key of the
// configuration file. --help, the variables, the file and the setting of Config come from here.
#pragma once

#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "controller/config/config.h"

namespace instanced {

struct Flag {
  std::string_view group;    // heading in --help
  std::string_view name;     // "drain-timeout"
  std::string_view value;    // "DURATION", as --help shows it
  std::string_view meaning;  // ends with the default in brackets, where there is one
  // Puts a text into the Config; the error says what would be accepted.
  std::expected<void, std::string> (*set)(Config& config, std::string_view text);
};

// In the order of --help; flags of one group stand together.
std::span<const Flag> RunFlags();

// "INSTANCED_DRAIN_TIMEOUT".
std::string VariableName(std::string_view flag_name);

// "host:port", "[v6]:port", ":port". The error says what would be accepted.
std::expected<ListenAddress, std::string> ParseListenAddress(std::string_view text);

}  // namespace instanced
