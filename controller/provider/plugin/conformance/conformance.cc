#include "controller/provider/plugin/conformance/conformance.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

namespace instanced::plugin {
namespace {

// The checks asked for and, before them, those they need.
std::vector<Check> Chosen(const std::vector<std::string>& only) {
  auto all = AllChecks();
  if (only.empty()) return all;
  std::set<std::string_view> wanted(only.begin(), only.end());
  for (auto it = all.rbegin(); it != all.rend(); ++it) {
    if (wanted.contains(it->name) && !it->needs.empty()) wanted.insert(it->needs);
  }
  // Without greeting and schema there is nothing to work with.
  wanted.insert({"handshake-version", "schema-acceptable"});
  std::erase_if(all, [&](const Check& check) { return !wanted.contains(check.name); });
  return all;
}

const CheckResult* FindResult(const std::vector<CheckResult>& results, std::string_view name) {
  const auto it = std::ranges::find(results, name, &CheckResult::name);
  return it == results.end() ? nullptr : &*it;
}

std::string_view WordOf(CheckState state) {
  switch (state) {
    case CheckState::kPassed:
      return "PASS";
    case CheckState::kFailed:
      return "FAIL";
    case CheckState::kSkipped:
      return "SKIP";
  }
  std::unreachable();
}

double Seconds(Duration span) { return std::chrono::duration<double>(span).count(); }

std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
    }
  }
  return out;
}

}  // namespace

int ConformanceReport::Count(CheckState state) const {
  return static_cast<int>(std::ranges::count_if(
      results, [&](const CheckResult& result) { return result.verdict.state == state; }));
}

Task<ConformanceReport> RunChecks(RpcTransport& transport, const Clock& clock, Random& random,
                                  BenchOptions options, std::vector<std::string> only) {
  ConformanceReport report;
  Bench bench(transport, clock, random, std::move(options));
  const auto checks = Chosen(only);
  for (const auto& check : checks) {
    CheckResult result{std::string(check.name), std::string(check.rule), {}, {}};
    const auto* needed = FindResult(report.results, check.needs);
    if (needed != nullptr && needed->verdict.state != CheckState::kPassed) {
      result.verdict = Skipped("needs " + needed->name);
    } else {
      const auto begun = clock.Now();
      auto running = check.run(&bench);
      result.verdict = co_await running;
      result.took = clock.Now() - begun;
    }
    report.results.push_back(std::move(result));
  }
  auto cleaning = bench.CleanUp();
  report.left_behind = co_await cleaning;
  report.greeting = bench.greeting();
  co_return report;
}

std::string TextOf(const ConformanceReport& report) {
  std::string text;
  if (!report.greeting.name.empty()) {
    text = fmt::format("plugin {} {}, scope {}\n\n", report.greeting.name, report.greeting.version,
                       report.greeting.scope);
  }
  for (const auto& result : report.results) {
    const auto& verdict = result.verdict;
    text += fmt::format("{}  {:<29} {}\n", WordOf(verdict.state), result.name, result.rule);
    if (!verdict.message.empty()) text += fmt::format("      {}\n", verdict.message);
  }
  for (const auto& name : report.left_behind) {
    text += fmt::format("left behind, delete it by hand: {}\n", name);
  }
  return text + fmt::format("\n{} checks: {} passed, {} failed, {} skipped\n",
                            report.results.size(), report.Count(CheckState::kPassed),
                            report.Count(CheckState::kFailed), report.Count(CheckState::kSkipped));
}

std::string JunitOf(const ConformanceReport& report) {
  double seconds = 0;
  for (const auto& result : report.results) seconds += Seconds(result.took);
  std::string xml = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuite name=\"instanced conformance {}\" tests=\"{}\" failures=\"{}\" errors=\"0\" "
      "skipped=\"{}\" time=\"{:.3f}\">\n",
      Escaped(report.greeting.name), report.results.size(), report.Count(CheckState::kFailed),
      report.Count(CheckState::kSkipped), seconds);
  for (const auto& result : report.results) {
    xml += fmt::format("  <testcase classname=\"provider.v1\" name=\"{}\" time=\"{:.3f}\"",
                       Escaped(result.name), Seconds(result.took));
    const auto message = Escaped(result.verdict.message);
    switch (result.verdict.state) {
      case CheckState::kPassed:
        xml += "/>\n";
        break;
      case CheckState::kFailed:
        xml += fmt::format(">\n    <failure message=\"{}\">{}</failure>\n  </testcase>\n", message,
                           Escaped(result.rule));
        break;
      case CheckState::kSkipped:
        xml += fmt::format(">\n    <skipped message=\"{}\"/>\n  </testcase>\n", message);
        break;
    }
  }
  return xml + "</testsuite>\n";
}

}  // namespace instanced::plugin
