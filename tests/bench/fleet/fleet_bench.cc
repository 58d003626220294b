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
constexpr int kNewcomers = 100;
constexpr int kPickUpMax = 10'000;  // milliseconds

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

constexpr const char* kFolder = "instanced-fleet";

FleetPlan Plan(const std::filesystem::path& programs, int objects, int in_flight, int regions) {
  return {programs, std::filesystem::temp_directory_path() / kFolder, objects, in_flight, regions};
}

// A minute, and more for many: a stall is found out, a slow machine is not.
double FillLimit(int objects) { return 60 + objects * 0.02; }

json Fill(Fleet& fleet, int objects) {
  fleet.Start();
  json figures{{"seconds_to_all_ready", fleet.AwaitReady(FillLimit(objects))}};
  const auto used = fleet.daemon().Used();
  figures["cpu_seconds_to_all_ready"] = used.cpu_seconds;
  figures["rss_anonymous_mib_after_fill"] = used.anonymous_mib;
  fleet.Stop();
  return figures;
}

// Fills an empty cloud, starts anew on the state, and lets it rest.
json Resting(const std::filesystem::path& programs, int objects) {
  Fleet fleet(Plan(programs, objects, 512, 1));
  json figures = Fill(fleet, objects);
  figures["objects"] = objects;

  fleet.Start();
  figures["seconds_to_first_call"] = fleet.AwaitFirstCall(120);
  figures["cpu_seconds_to_first_call"] = fleet.daemon().Used().cpu_seconds;
  Pause(75);  // past the first look at each
  const auto idle = Measure(fleet, 3 * kWindow);
  const auto used = fleet.daemon().Used();
  figures["idle_cores"] = idle.cpu / idle.seconds;
  figures["rss_anonymous_mib"] = used.anonymous_mib;
  figures["rss_mib"] = used.rss_mib;
  fleet.Stop();

  // Lists stand in for describes from the second poll on.
  fleet.Start({"--poll-stable", "5s"});
  fleet.AwaitReady(FillLimit(objects));
  Pause(10);
  const auto sweeps = Measure(fleet, 2 * kWindow);
  if (sweeps.passes > 0) figures["calls_per_drift_sweep"] = sweeps.calls * objects / sweeps.passes;
  return figures;
}

json PickUps(Fleet& fleet) {
  std::vector<double> millis;
  int late = 0;
  const double begun = Seconds();
  for (int i = 0; i < kNewcomers && Seconds() - begun < 90; ++i) {
    const auto one = fleet.PickUpMillis(i, kPickUpMax);
    millis.push_back(one.value_or(kPickUpMax));
    if (!one) ++late;
  }
  std::ranges::sort(millis);
  return {{"p50", millis[millis.size() / 2]},
          {"p99", millis[millis.size() * 99 / 100]},
          {"tries", millis.size()},
          {"later_than_the_limit", late}};
}

// Every object is due again a second after its last look: the daemon never rests.
json Busy(const std::filesystem::path& programs, int objects) {
  Fleet fleet(Plan(programs, objects, 2048, 8));
  json figures = Fill(fleet, objects);
  fleet.WriteManifests("1s");
  fleet.SetLatency(50);
  fleet.Start();
  fleet.AwaitReady(FillLimit(objects));
  Pause(10);
  const auto work = Measure(fleet, kWindow);
  figures.update({{"objects", objects},
                  {"latency_ms", 50},
                  {"in_flight", 2048},
                  {"passes_per_second", work.passes / work.seconds},
                  {"cpu_us_per_pass", work.cpu / work.passes * 1e6},
                  {"cores", work.cpu / work.seconds},
                  {"passes_per_second_of_one_core", work.passes / work.cpu}});
  figures["pick_up_ms"] = PickUps(fleet);
  return figures;
}

// One fleet that fails leaves the figures of the others.
template <class Measurement>
json Try(const char* what, int objects, Measurement measure) {
  json figures;
  const double load = MachineLoad();
  try {
    figures = measure();
  } catch (const std::exception& failure) {
    figures = {{"objects", objects}, {"failure", failure.what()}};
  }
  figures["machine_load"] = {{"before", load}, {"after", MachineLoad()}};
  std::fprintf(stderr, "%s: %s\n", what, figures.dump().c_str());
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
  if (busy > 0) {
    figures["busy"] = Try("busy fleet", busy, [&] { return Busy(programs, busy); });
  }
  for (const int objects : sizes) {
    if (objects < 1) continue;
    figures["resting"].push_back(
        Try("fleet at rest", objects, [&] { return Resting(programs, objects); }));
  }
  std::printf("%s\n", figures.dump(2).c_str());
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "fleet_bench: %s\n", failure.what());
  return 1;
}
