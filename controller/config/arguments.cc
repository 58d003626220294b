#include "controller/config/arguments.h"

#include <utility>

#include <CLI/CLI.hpp>

#include "controller/config/nearest.h"

namespace instanced {
namespace {

std::string LongName(const std::string& spelling) { return spelling.substr(0, spelling.find(',')); }

// "output,o" -> "--output,-o".
std::string Dashed(const std::string& spelling) {
  const auto comma = spelling.find(',');
  if (comma == std::string::npos) return "--" + spelling;
  return "--" + spelling.substr(0, comma) + ",-" + spelling.substr(comma + 1);
}

std::string Unexpected(const std::string& extra, const ArgumentRules& rules) {
  if (!extra.starts_with("-")) return "unexpected argument " + extra;
  const std::string word = extra.substr(0, extra.find('='));
  std::vector<std::string> known;
  for (const std::string& name : rules.flags) known.push_back("--" + LongName(name));
  for (const std::string& name : rules.switches) known.push_back("--" + LongName(name));
  return "unknown flag " + word + DidYouMean(word, known);
}

// Sorts what CLI11 did not know into positionals and problems.
std::vector<std::string> TakePositionals(const std::vector<std::string>& extras,
                                         const ArgumentRules& rules, Arguments& split) {
  std::vector<std::string> problems;
  for (const std::string& extra : extras) {
    if (!extra.starts_with("-") && split.positionals.size() < rules.positional_max) {
      split.positionals.push_back(extra);
      continue;
    }
    problems.push_back(Unexpected(extra, rules));
    // What follows an unknown flag is most likely its value: one problem, not two.
    if (extra.starts_with("-")) break;
  }
  return problems;
}

// CLI11's "--state: 1 required TEXT missing" in words for people.
std::string Said(const CLI::ParseError& problem) {
  const std::string text = problem.what();
  const auto missing = text.find(": 1 required ");
  return missing == std::string::npos ? text : text.substr(0, missing) + " needs a value";
}

}  // namespace

std::string DidYouMean(std::string_view word, std::span<const std::string> known) {
  const std::string near = NearestWord(word, known);
  return near.empty() ? "" : "; did you mean " + near + "?";
}

std::expected<Arguments, std::vector<std::string>> SplitArguments(
    std::span<const std::string> arguments, const ArgumentRules& rules) {
  CLI::App app;
  app.set_help_flag();
  app.allow_extras();
  std::map<std::string, std::vector<std::string>> given;
  std::map<std::string, bool> on;
  for (const std::string& name : rules.flags) {
    CLI::Option* option = app.add_option(Dashed(name), given[LongName(name)]);
    option->expected(1)->allow_extra_args(false);
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  }
  for (const std::string& name : rules.switches) app.add_flag(Dashed(name), on[LongName(name)]);
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
  } catch (const CLI::ParseError& problem) {
    return std::unexpected(std::vector<std::string>{Said(problem)});
  }
  Arguments split;
  for (const auto& [name, set] : on) {
    if (set) split.switches.insert(name);
  }
  std::vector<std::string> problems = TakePositionals(app.remaining(), rules, split);
  for (auto& [name, values] : given) {
    if (values.size() > 1) problems.push_back("--" + name + " is given twice");
    if (values.size() == 1) split.values.emplace(name, std::move(values.front()));
  }
  if (!problems.empty() && !split.switches.contains("help")) {
    return std::unexpected(std::move(problems));
  }
  return split;
}

}  // namespace instanced
