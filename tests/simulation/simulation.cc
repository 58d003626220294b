#include "tests/simulation/simulation.h"

#include "tests/simulation/checks.h"
#include "tests/simulation/people.h"
#include "tests/simulation/weather.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

void EveryHour(SimWorld& world, Checks& checks) {
  world.After(hours(1), [&world, &checks] {
    checks.PassesOfTheHour();
    EveryHour(world, checks);
  });
}

}  // namespace

SimulationResult Simulate(std::uint64_t seed, std::size_t trace_kept,
                          const std::function<void(SimWorld&)>& prepare) {
  SimWorld world(seed, trace_kept);
  if (prepare) prepare(world);
  People people(world, 2 + static_cast<int>(UniformBelow(world.chance, 7)));
  Checks checks(world, people);
  Weather weather(world, people);
  const Duration busy = minutes(20) + UniformBelow(world.chance, Duration(hours(4)));
  EveryHour(world, checks);
  world.Start();
  people.Live(world.Now() + busy);
  weather.Blow(world.Now() + busy);
  world.Run(busy);
  weather.Calm();
  people.CalmDown();
  world.Run(weather.quota_seen() ? hours(27) : hours(8));
  if (world.violations().empty()) checks.AtTheEnd();

  SimulationResult result;
  result.seed = seed;
  if (!world.violations().empty()) result.broken = world.violations().front().what;
  result.digest = world.trace.digest();
  result.events = world.trace.count();
  result.simulated = world.Now().time_since_epoch();
  result.crashes = world.crashes();
  result.creates = world.cloud.CountEffects("Create");
  result.trace = world.trace.lines();
  return result;
}

}  // namespace instanced
