// One named rule of the contract and how it is checked.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/provider/plugin/conformance/bench.h"

namespace instanced::plugin {

enum class CheckState { kPassed, kFailed, kSkipped };

struct Verdict {
  CheckState state = CheckState::kPassed;
  std::string message;  // what was seen, and for a failure what was expected
};
inline Verdict Passed() { return {}; }
inline Verdict Failed(std::string message) { return {CheckState::kFailed, std::move(message)}; }
inline Verdict Skipped(std::string message) { return {CheckState::kSkipped, std::move(message)}; }
// "Terminal/BrokenAnswer: ...".
std::string Describe(const Error& error);

struct Check {
  std::string_view name;  // as in provider.proto
  std::string_view rule;
  Task<Verdict> (*run)(Bench* bench);
  // Checks that make no sense when this one failed; empty: always.
  std::string_view needs;
};

// In the order they are run in: what later ones need comes first.
std::span<const Check> MakingChecks();
std::span<const Check> ChangingChecks();
std::vector<Check> AllChecks();

}  // namespace instanced::plugin
