// fleet_bench BIN [OBJECTS...]: the whole daemon against the simulated clouds, measured from
// outside. Prints one JSON object; progress goes to standard error.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/bench/fleet/fleet.h"

namespace {

using namespace instanced::bench;
using nlohmann::json;

constexpr double kWindow = 10;  // seconds of each measurement
constexpr int kNewcomers = 50;

struct Window {
  double seconds, cpu, passes, calls;
};

Window Measure(Fleet& fleet, double seconds) {
  const double begun = Seconds();
  const auto used = fleet.daemon().Used();
  const double passes = fleet.Passes();
  const double calls = fleet.Calls();
  Pause(seconds);
  const double cpu = fleet.daemon().Used().cpu_seconds - used.cpu_seconds;
  return {Seconds() - begun, cpu, fleet.Passes() - passes, fleet.Calls() - calls};
}

// Fills an empty cloud, starts anew on the state, and lets it rest.
json Resting(const std::filesystem::path& programs, int objects) {
  Fleet fleet({programs, std::filesystem::temp_directory_path() / "instanced-fleet", objects, ""});
  fleet.Start();
  json figures{{"objects", objects}, {"seconds_to_all_ready", fleet.AwaitReady(900)}};
  figures["cpu_seconds_to_all_ready"] = fleet.daemon().Used().cpu_seconds;
  fleet.Stop();

  fleet.Start();
  figures["seconds_after_restart"] = fleet.AwaitReady(120);
  figures["cpu_seconds_after_restart"] = fleet.daemon().Used().cpu_seconds;
  Pause(3);
  const auto used = fleet.daemon().Used();
  figures["rss_anonymous_mib"] = used.anonymous_mib;
  figures["rss_mib"] = used.rss_mib;
  Pause(90);  // past the first look at each
  const auto idle = Measure(fleet, 3 * kWindow);
  figures["idle_cores"] = idle.cpu / idle.seconds;
  figures["rss_anonymous_mib_after_polls"] = fleet.daemon().Used().anonymous_mib;
  fleet.Stop();

  // Lists stand in for describes from the second poll on.
  fleet.Start({"--poll-stable", "5s"});
  fleet.AwaitReady(120);
  Pause(10);
  const auto sweeps = Measure(fleet, 3 * kWindow);
  figures["calls_per_drift_sweep"] =
      sweeps.passes > 0 ? sweeps.calls * objects / sweeps.passes : -1;
  return figures;
}

// Every object is due again a second after its last look: the daemon never rests.
json Busy(const std::filesystem::path& programs, int objects) {
  Fleet fleet(
      {programs, std::filesystem::temp_directory_path() / "instanced-fleet", objects, "1s"});
  fleet.Start();
  fleet.AwaitReady(900);
  fleet.SetLatency(50);
  Pause(5);
  const auto work = Measure(fleet, kWindow);
  json figures{{"objects", objects},
               {"latency_ms", 50},
               {"in_flight", 2048},
               {"passes_per_second", work.passes / work.seconds},
               {"cpu_us_per_pass", work.cpu / work.passes * 1e6},
               {"cores", work.cpu / work.seconds},
               {"passes_per_second_of_one_core", work.passes / work.cpu}};
  std::vector<double> millis;
  for (int i = 0; i < kNewcomers; ++i) millis.push_back(fleet.PickUpMillis(i));
  std::ranges::sort(millis);
  figures["pick_up_ms"] = {{"p50", millis[millis.size() / 2]},
                           {"p99", millis[millis.size() * 99 / 100]},
                           {"tries", millis.size()}};
  return figures;
}

}  // namespace

int main(int argc, char** argv) try {
  const std::filesystem::path programs = argc > 1 ? argv[1] : ".";
  int busy = 20'000;
  std::vector<int> sizes;
  for (int i = 2; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word.starts_with("busy=")) {
      busy = std::atoi(argv[i] + 5);
    } else {
      sizes.push_back(std::atoi(argv[i]));
    }
  }
  if (sizes.empty()) sizes = {1'000, 10'000};
  json figures{{"resting", json::array()}};
  figures["busy"] = Busy(programs, busy);
  std::fprintf(stderr, "busy fleet: %s\n", figures["busy"].dump().c_str());
  for (const int objects : sizes) {
    figures["resting"].push_back(Resting(programs, objects));
    std::fprintf(stderr, "fleet at rest: %s\n", figures["resting"].back().dump().c_str());
  }
  std::printf("%s\n", figures.dump(2).c_str());
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "fleet_bench: %s\n", failure.what());
  return 1;
}
