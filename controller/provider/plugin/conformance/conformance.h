// Conformance: every check against one plugin, and the report.
// Threads: the loop's. Ownership: the transport outlives the run.
#pragma once

#include <string>
#include <vector>

#include "controller/provider/plugin/conformance/check.h"

namespace instanced::plugin {

struct CheckResult {
  std::string name;
  std::string rule;
  Verdict verdict;
  Duration took{};
};

struct ConformanceReport {
  Greeting greeting;
  std::vector<CheckResult> results;
  std::vector<std::string> left_behind;  // instances that could not be deleted
  int Count(CheckState state) const;
};

// `only`: names of checks; those they need are run before them. Empty: all.
Task<ConformanceReport> RunChecks(RpcTransport& transport, const Clock& clock, Random& random,
                                  BenchOptions options, std::vector<std::string> only);

// One line a check, and a sum.
std::string TextOf(const ConformanceReport& report);
// JUnit XML, as CI systems read it.
std::string JunitOf(const ConformanceReport& report);

}  // namespace instanced::plugin
