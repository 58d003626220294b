// Splits a command line into flags, switches and positionals; the values stay texts.
//
// The one user of CLI11. Problems are lines for people; a wrong flag suggests the right one.
#pragma once

#include <cstddef>
#include <expected>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace instanced {

struct ArgumentRules {
  std::vector<std::string> flags;  // take a value: "state", or "output,o" with a short form
  std::vector<std::string> switches = {"help,h"};  // take none
  std::size_t positional_max = 0;
};

struct Arguments {
  std::map<std::string, std::string> values;  // by long name
  std::set<std::string> switches;             // by long name
  std::vector<std::string> positionals;
};

// With --help among them, other problems are not told.
std::expected<Arguments, std::vector<std::string>> SplitArguments(
    std::span<const std::string> arguments, const ArgumentRules& rules);

// "; did you mean --state?", or nothing.
std::string DidYouMean(std::string_view word, std::span<const std::string> known);

}  // namespace instanced
