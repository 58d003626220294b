// kube_bench BIN OBJECTS KUBECONFIG: the operator against a real API server and the simulated
// cloud, measured from outside. Started by apiserver.sh. Prints one JSON object; progress goes to
// standard error.
#include <signal.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/bench/fleet/machine.h"
#include "tests/bench/kube/kube_fleet.h"

namespace {

using namespace instanced::bench;
using nlohmann::json;

constexpr int kNewcomers = 100;
constexpr int kPickUpMax = 10'000;       // milliseconds
constexpr int kFailOverMax = 120'000;    // milliseconds
constexpr int kFailOverObjects = 2'000;  // larger fleets leave it out

// Slow machines and API servers are let be; a stall is found out.
double Limit(const KubeFleet& fleet) { return 120 + fleet.objects() * 0.06; }

// Seconds until the sum of these samples has grown to `wanted`.
double AwaitSum(const DaemonProcess& daemon, const std::string& prefix, const std::string& part,
                double wanted, double limit) {
  const double begun = Seconds();
  while (Seconds() - begun < limit) {
    if (!daemon.Running()) throw std::runtime_error("the daemon ended");
    if (Sum(daemon.Samples(), prefix, part) >= wanted) return Seconds() - begun;
    Pause(0.1);
  }
  throw std::runtime_error(prefix + " did not grow to " + std::to_string(wanted));
}

double Passes(const DaemonProcess& daemon) {
  return Sum(daemon.Samples(), "controller_runtime_reconcile_total{");
}
double StatusWrites(const DaemonProcess& daemon) {
  return Sum(daemon.Samples(), "rest_client_requests_total{", "\"PATCH\"") +
         Sum(daemon.Samples(), "rest_client_requests_total{", "\"PUT\"");
}
void AwaitStatusWrites(const DaemonProcess& daemon, double wanted, double limit) {
  for (const double begun = Seconds(); StatusWrites(daemon) < wanted; Pause(0.1)) {
    if (Seconds() - begun > limit) {
      throw std::runtime_error("not every object's status was written");
    }
  }
}

// From declared objects and an empty cloud to all Ready.
void Fill(KubeFleet& fleet, json& figures) {
  auto daemon = fleet.Start("fill");
  figures["seconds_to_all_ready"] =
      AwaitSum(daemon, "instanced_instances{", "\"Ready\"", fleet.objects(), Limit(fleet));
  const auto used = daemon.Used();
  figures["cpu_seconds_to_all_ready"] = used.cpu_seconds;
  figures["rss_anonymous_mib_after_fill"] = used.anonymous_mib;
  figures["writes_to_all_ready"] = StatusWrites(daemon);
}

// A start on objects and instances that are all there.
void ColdStart(KubeFleet& fleet, json& figures) {
  const double begun = Seconds();
  auto daemon = fleet.Start("cold");
  figures["seconds_to_synced"] = fleet.AwaitLog("cold", "source is synced", begun, 120);
  figures["cpu_seconds_to_synced"] = daemon.Used().cpu_seconds;
  AwaitSum(daemon, "controller_runtime_reconcile_total{", "", fleet.objects(), Limit(fleet));
  figures["seconds_to_all_observed"] = Seconds() - begun;
  figures["cpu_seconds_to_all_observed"] = daemon.Used().cpu_seconds;
  figures["rss_anonymous_mib_when_all_observed"] = daemon.Used().anonymous_mib;
  Pause(90);  // until the second look, after which a list need not be kept whole
  const auto used = daemon.Used();
  figures["rss_anonymous_mib"] = used.anonymous_mib;
  figures["rss_mib"] = used.rss_mib;

  // A new generation that asks nothing of the cloud: one look, one status write for each.
  const double passes = Passes(daemon);
  const double writes = StatusWrites(daemon);
  const double cpu = daemon.Used().cpu_seconds;
  fleet.PatchAll({{"deletionPolicy", "Retain"}});
  AwaitStatusWrites(daemon, writes + fleet.objects(), Limit(fleet));
  const double written = StatusWrites(daemon) - writes;
  figures["cpu_us_per_pass_with_status_write"] =
      (daemon.Used().cpu_seconds - cpu) / (Passes(daemon) - passes) * 1e6;
  figures["status_writes_per_pass"] = written / (Passes(daemon) - passes);

  std::vector<double> millis;
  for (int i = 0; i < kNewcomers; ++i) {
    millis.push_back(fleet.PickUpMillis(i, kPickUpMax).value_or(kPickUpMax));
  }
  std::ranges::sort(millis);
  figures["event_to_pass_ms"] = {{"p50", millis[millis.size() / 2]},
                                 {"p99", millis[millis.size() * 99 / 100]},
                                 {"tries", millis.size()}};
}

double AwaitHolder(const DaemonProcess& daemon, double limit) {
  return AwaitSum(daemon, "leader_election_master_status{", "", 1, limit);
}

// An object that is declared when nobody acts any more: seconds since `struck` until the cloud has
// read the first call about it, which is that of who takes over.
double FirstAct(KubeFleet& fleet, int newcomer, double struck) {
  if (!fleet.PickUpMillis(newcomer, kFailOverMax)) throw std::runtime_error("nobody took over");
  return Seconds() - struck;
}

// Two replicas with the leases they have by default.
void FailOver(KubeFleet& fleet, json& figures) {
  auto first = fleet.Start("first", KubeFleet::Election::kLeases);
  AwaitHolder(first, 90);
  {
    auto second = fleet.Start("second", KubeFleet::Election::kLeases);
    const double begun = Seconds();
    fleet.AwaitLog("second", "source is synced", begun, 60);
    Pause(5);
    double asked = Seconds();
    first.Signal(SIGTERM);
    figures["fail_over_seconds"]["clean_exit"] = FirstAct(fleet, kNewcomers, asked);
    AwaitHolder(second, 5);
    first.Stop();
    auto third = fleet.Start("third", KubeFleet::Election::kLeases);
    fleet.AwaitLog("third", "source is synced", Seconds(), 60);
    Pause(5);
    asked = Seconds();
    second.Signal(SIGKILL);
    figures["fail_over_seconds"]["crash"] = FirstAct(fleet, kNewcomers + 1, asked);
    AwaitHolder(third, 5);
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) {
    std::fputs("usage: kube_bench BIN OBJECTS KUBECONFIG\n", stderr);
    return 2;
  }
  const int objects = std::atoi(argv[2]);
  json figures{{"objects", objects}};
  const double load = MachineLoad();
  try {
    KubeFleet fleet({argv[1], argv[3],
                     std::filesystem::temp_directory_path() / "instanced-kube-fleet", objects});
    figures["seconds_to_create_objects"] = fleet.CreateAll();
    Fill(fleet, figures);
    ColdStart(fleet, figures);
    if (objects <= kFailOverObjects) FailOver(fleet, figures);
  } catch (const std::exception& failure) {
    figures["failure"] = failure.what();
  }
  figures["machine_load"] = {{"before", load}, {"after", MachineLoad()}};
  std::printf("%s\n", figures.dump(2).c_str());
  return 0;
} catch (const std::exception& failure) {
  std::fprintf(stderr, "kube_bench: %s\n", failure.what());
  return 1;
}
