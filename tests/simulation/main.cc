// simulation --seeds N --first S [--jobs J] [--again 1] [--bug B] [--climate C] [--past 1]
// [--whole 0]: runs N seeds and says which broke a promise, and what faults they survived.
//
// --past 1 runs the seeds of past_seeds.txt in place of N in a row: those that once broke.
// --whole 0 leaves out the faults and habits that came later (Repertoire in sim_world.h).
// A broken seed prints itself, as few events of people and faults as still break it, and the trace
// of that run. --again runs each seed twice and compares the digests. --bug is the number of a
// deliberate bug, --climate of what the worlds have more of (sim_world.h). Exit code 1 when
// anything broke.
#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>
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
      {"--seeds", 100}, {"--first", 1},   {"--jobs", 1}, {"--lines", 120}, {"--again", 0},
      {"--bug", 0},     {"--tries", 200}, {"--past", 0}, {"--climate", 0}, {"--whole", 1}};
  std::uint64_t operator[](const char* name) const { return values.at(name); }
};

struct Totals {
  std::uint64_t seeds = 0;
  std::uint64_t broken = 0;
  std::uint64_t events = 0;
  std::uint64_t crashes = 0;
  std::uint64_t creates = 0;
  std::uint64_t pauses = 0;
  std::uint64_t replicas = 0;
  std::uint64_t kubernetes = 0;
  std::uint64_t folders = 0;
  double hours = 0;
};

using Faults = std::map<std::string, int>;

struct Seed {
  std::uint64_t number = 0;
  Repertoire repertoire = Repertoire::kWhole;
};

SimulationRun RunOf(const Flags& flags, const Seed& seed) {
  SimulationRun run;
  run.seed = seed.number;
  run.repertoire = seed.repertoire;
  run.bug = static_cast<Bug>(flags["--bug"]);
  run.climate = static_cast<Climate>(flags["--climate"]);
  return run;
}

void Report(const Flags& flags, const Seed& seed, const SimulationResult& result) {
  auto shortest = Minimised(RunOf(flags, seed), static_cast<int>(flags["--tries"]));
  shortest.trace_kept = flags["--lines"];
  const auto full = Simulate(shortest);
  std::string text = fmt::format("seed {} broke a promise: {}\n", result.seed, result.broken);
  text += fmt::format("with {} replicas, and of {} events only these {}:\n", full.replicas,
                      result.script.size(), full.script.size());
  for (const auto& event : full.script) text += "  " + event.name + ": " + event.text + "\n";
  text += "its trace:\n";
  for (const auto& line : full.trace) text += "  " + line + "\n";
  text += fmt::format("seed {}: {}\nagain: simulation --seeds 1 --first {} --lines 100000{}\n",
                      result.seed, full.broken, result.seed,
                      seed.repertoire == Repertoire::kWhole ? "" : " --whole 0");
  std::fputs(text.c_str(), stdout);
  std::fflush(stdout);
}

void RunOne(const Flags& flags, const Seed& seed, Totals& totals, Faults& faults) {
  auto result = Simulate(RunOf(flags, seed));
  const bool again = result.broken.empty() && flags["--again"] > 0;
  const bool differs = again && Simulate(RunOf(flags, seed)).digest != result.digest;
  ++totals.seeds;
  totals.events += result.events;
  totals.crashes += static_cast<std::uint64_t>(result.crashes);
  totals.creates += static_cast<std::uint64_t>(result.creates);
  totals.pauses += static_cast<std::uint64_t>(result.pauses);
  totals.kubernetes += result.hearing == Hearing::kKubernetes ? 1 : 0;
  totals.folders += result.hearing == Hearing::kFolder ? 1 : 0;
  totals.replicas += static_cast<std::uint64_t>(result.replicas);
  totals.hours += std::chrono::duration<double, std::ratio<3600>>(result.simulated).count();
  for (const auto& [kind, count] : result.faults) faults[kind] += count;
  if (differs) fmt::print("seed {}: a second run went another way\n", seed.number);
  if (result.broken.empty() && !differs) return;
  ++totals.broken;
  if (!differs && totals.broken <= 3) Report(flags, seed, result);
}

std::vector<Seed> SeedsOf(const Flags& flags) {
  std::vector<Seed> seeds;
  const auto repertoire = flags["--whole"] > 0 ? Repertoire::kWhole : Repertoire::kFirst;
  if (flags["--past"] == 0) {
    for (std::uint64_t i = 0; i < flags["--seeds"]; ++i) {
      seeds.push_back({flags["--first"] + i, repertoire});
    }
    return seeds;
  }
  std::ifstream list(PAST_SEEDS);
  for (std::string line; std::getline(list, line);) {
    if (line.empty() || line.front() == '#') continue;
    const bool whole = line.find(" whole: ") != std::string::npos;
    seeds.push_back({std::strtoull(line.c_str(), nullptr, 10),
                     whole ? Repertoire::kWhole : Repertoire::kFirst});
  }
  return seeds;
}

Totals RunShare(const Flags& flags, std::uint64_t share, Faults& faults) {
  Totals totals;
  const auto seeds = SeedsOf(flags);
  for (std::uint64_t i = share; i < seeds.size(); i += flags["--jobs"]) {
    RunOne(flags, seeds[i], totals, faults);
  }
  return totals;
}

// "kind\tcount" a line; all of it fits a pipe.
bool SendFaults(int end, const Faults& faults) {
  std::string text;
  for (const auto& [kind, count] : faults) text += fmt::format("{}\t{}\n", kind, count);
  return write(end, text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

void ReadFaults(int end, Faults& faults) {
  std::string text;
  std::array<char, 4096> piece;
  for (ssize_t got; (got = read(end, piece.data(), piece.size())) > 0;) {
    text.append(piece.data(), static_cast<std::size_t>(got));
  }
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto tab = line.find('\t');
    faults[line.substr(0, tab)] += std::atoi(line.c_str() + tab + 1);
  }
}

// The most frequent first.
std::string Listed(const Faults& faults) {
  std::vector<std::pair<int, std::string>> sorted;
  int sum = 0;
  for (const auto& [kind, count] : faults) {
    sorted.emplace_back(-count, kind);
    sum += count;
  }
  std::ranges::sort(sorted);
  std::string text = std::to_string(sum);
  for (const auto& [count, kind] : sorted) text += fmt::format(", {} {}", -count, kind);
  return text;
}

// One process a job: worlds share nothing, so a crash of one is a finding like any other.
int RunAll(const Flags& flags) {
  const SystemClock clock;
  const auto began = clock.Now();
  std::vector<std::pair<pid_t, int>> children;
  Totals all;
  for (std::uint64_t job = 0; job < flags["--jobs"]; ++job) {
    int ends[2];
    if (pipe(ends) != 0) return 2;
    const pid_t child = fork();
    if (child == 0) {
      close(ends[0]);
      Faults faults;
      const Totals totals = RunShare(flags, job, faults);
      const bool sent =
          write(ends[1], &totals, sizeof totals) == sizeof totals && SendFaults(ends[1], faults);
      std::fflush(stdout);
      _exit(sent ? 0 : 2);
    }
    close(ends[1]);
    children.emplace_back(child, ends[0]);
  }
  bool whole = true;
  Faults faults;
  for (const auto& [child, end] : children) {
    Totals totals;
    whole = read(end, &totals, sizeof totals) == sizeof totals && whole;
    ReadFaults(end, faults);
    int status = 0;
    waitpid(child, &status, 0);
    whole = whole && status == 0;
    close(end);
    all.seeds += totals.seeds;
    all.broken += totals.broken;
    all.events += totals.events;
    all.crashes += totals.crashes;
    all.creates += totals.creates;
    all.pauses += totals.pauses;
    all.replicas += totals.replicas;
    all.kubernetes += totals.kubernetes;
    all.folders += totals.folders;
    all.hours += totals.hours;
  }
  const double wall = std::chrono::duration<double>(clock.Now() - began).count();
  fmt::print(
      "{} seeds ({} through Kubernetes watches, {} over a folder and a journal), {} replicas, "
      "{:.0f} simulated hours ({:.1f} in a "
      "second), {} events, {} crashes, "
      "{} stops, {} creates: {} broken{}\n",
      all.seeds, all.kubernetes, all.folders, all.replicas, all.hours, all.hours / wall, all.events,
      all.crashes, all.pauses, all.creates, all.broken, whole ? "" : "; a job ended early");
  fmt::print("faults survived: {}\n", Listed(faults));
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
