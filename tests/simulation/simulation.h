// One simulated life: people and faults for some hours, then quiet, then everything must be true.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/clock/clock.h"
#include "tests/simulation/bugs.h"
#include "tests/simulation/script.h"
#include "tests/simulation/sim_world.h"

namespace instanced {

struct SimulationRun {
  std::uint64_t seed = 0;
  std::size_t trace_kept = 1;
  Bug bug = Bug::kNone;
  Climate climate = Climate::kUsual;
  Repertoire repertoire = Repertoire::kWhole;
  std::set<std::string> left_out{};  // names of script events
};

struct SimulationResult {
  std::uint64_t seed = 0;
  std::string broken;  // empty: every promise was kept
  std::uint64_t digest = 0;
  std::size_t events = 0;
  Duration simulated{};
  int replicas = 0;
  Hearing hearing = Hearing::kStore;
  int crashes = 0;
  int pauses = 0;
  int creates = 0;
  std::map<std::string, int> faults;  // that happened, by kind
  std::deque<std::string> trace;
  std::vector<ScriptEvent> script;
};

// The same run gives the same result, digest included. Keeps the last `trace_kept` lines.
SimulationResult Simulate(const SimulationRun& run);

// The run again with as few events of its script as still break a promise, found in at most
// `tries` runs.
SimulationRun Minimised(SimulationRun run, int tries);

}  // namespace instanced
