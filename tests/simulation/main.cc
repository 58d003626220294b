// simulation --seeds N --first S [--jobs J] [--again]: runs N seeds and says which broke a promise.
//
// A broken seed prints itself and the end of its trace. --again runs each seed twice and compares
// the digests. Exit code 1 when anything broke.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/simulation/simulation.h"

namespace instanced {
namespace {

struct Flags {
  std::map<std::string, std::uint64_t> values{
      {"--seeds", 100}, {"--first", 1}, {"--jobs", 1}, {"--lines", 120}, {"--again", 0}};
  std::uint64_t operator[](const char* name) const { return values.at(name); }
};

struct Totals {
  std::uint64_t seeds = 0;
  std::uint64_t broken = 0;
  std::uint64_t events = 0;
  std::uint64_t crashes = 0;
  std::uint64_t creates = 0;
  double hours = 0;
};

void Report(const Flags& flags, const SimulationResult& result) {
  const auto full = Simulate(result.seed, flags["--lines"]);
  std::string text = fmt::format("seed {} broke a promise: {}\n", result.seed, result.broken);
  for (const auto& line : full.trace) text += "  " + line + "\n";
  text += fmt::format("seed {}: {}\nagain: simulation --seeds 1 --first {} --lines 100000\n",
                      result.seed, result.broken, result.seed);
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

void RunOne(const Flags& flags, std::uint64_t seed, Totals& totals) {
  auto result = Simulate(seed, 1);
  if (result.broken.empty() && flags["--again"] > 0 && Simulate(seed, 1).digest != result.digest) {
    result.broken = "a second run of the seed went another way";
  }
  ++totals.seeds;
  totals.events += result.events;
  totals.crashes += static_cast<std::uint64_t>(result.crashes);
  totals.creates += static_cast<std::uint64_t>(result.creates);
  totals.hours += std::chrono::duration<double, std::ratio<3600>>(result.simulated).count();
  if (result.broken.empty()) return;
  ++totals.broken;
  if (totals.broken <= 3) Report(flags, result);
}

Totals RunShare(const Flags& flags, std::uint64_t share) {
  Totals totals;
  for (std::uint64_t i = share; i < flags["--seeds"]; i += flags["--jobs"]) {
    RunOne(flags, flags["--first"] + i, totals);
  }
  return totals;
}

// One process a job: worlds share nothing, so a crash of one is a finding like any other.
int RunAll(const Flags& flags) {
  std::vector<std::pair<pid_t, int>> children;
  Totals all;
  for (std::uint64_t job = 0; job < flags["--jobs"]; ++job) {
    int ends[2];
    if (pipe(ends) != 0) return 2;
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      const Totals totals = RunShare(flags, job);
      const bool sent = write(ends[1], &totals, sizeof totals) == sizeof totals;
      std::fflush(stdout);
      _exit(sent ? 0 : 2);
    }
    close(ends[1]);
    children.emplace_back(child, ends[0]);
  }
  bool whole = true;
  for (const auto& [child, end] : children) {
    Totals totals;
    whole = read(end, &totals, sizeof totals) == sizeof totals && whole;
    int status = 0;
    waitpid(child, &status, 0);
    whole = whole && status == 0;
    close(end);
    all.seeds += totals.seeds;
    all.broken += totals.broken;
    all.events += totals.events;
    all.crashes += totals.crashes;
    all.creates += totals.creates;
    all.hours += totals.hours;
  }
  fmt::print("{} seeds, {:.0f} simulated hours, {} events, {} crashes, {} creates: {} broken{}\n",
             all.seeds, all.hours, all.events, all.crashes, all.creates, all.broken,
             whole ? "" : "; a job ended early");
  return whole && all.broken == 0 ? 0 : 1;
}

}  // namespace
}  // namespace instanced

int main(int argc, char** argv) {
  instanced::Flags flags;
  for (int i = 1; i + 1 < argc; i += 2) {
    const auto it = flags.values.find(argv[i]);
    if (it == flags.values.end()) {
      fmt::print(stderr, "simulation: unknown flag {}\n", argv[i]);
      return 2;
    }
    it->second = std::strtoull(argv[i + 1], nullptr, 10);
  }
  return instanced::RunAll(flags);
}
