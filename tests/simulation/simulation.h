// One simulated life: people and faults for some hours, then quiet, then everything must be true.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>

#include "controller/clock/clock.h"

namespace instanced {

class SimWorld;

struct SimulationResult {
  std::uint64_t seed = 0;
  std::string broken;  // empty: every promise was kept
  std::uint64_t digest = 0;
  std::size_t events = 0;
  Duration simulated{};
  int crashes = 0;
  int creates = 0;
  std::deque<std::string> trace;
};

// The same seed gives the same result, digest included. Keeps the last `trace_kept` lines.
// `prepare` may change the world before its daemon starts.
SimulationResult Simulate(std::uint64_t seed, std::size_t trace_kept,
                          const std::function<void(SimWorld&)>& prepare = {});

}  // namespace instanced
