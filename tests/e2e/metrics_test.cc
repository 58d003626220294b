// Every metric of docs/metrics.md on /metrics of a daemon that has lived through something.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <sstream>

#include "tests/e2e/site.h"

namespace instanced::e2e {
namespace {

// The sum of all series of a name; histograms by their count. Nothing: no series.
std::map<std::string, double> Sums(const std::string& scrape) {
  std::map<std::string, double> sums;
  std::istringstream lines(scrape);
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    const auto name = line.substr(0, line.find_first_of("{ "));
    sums[name] += std::stod(line.substr(line.rfind(' ') + 1));
  }
  return sums;
}

// Name and type of every row of docs/metrics.md, which is held equal to the daemon's own list.
std::map<std::string, std::string> Documented() {
  std::map<std::string, std::string> types;
  std::istringstream lines(ReadText(METRICS_PAGE));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string bar, name, type;
    words >> bar >> name >> bar >> type;
    if (line.starts_with("| `")) types[name.substr(1, name.size() - 2)] = type;
  }
  return types;
}

bool IsElsewhere(const std::string& name) {
  // Of a cluster (tests/controller/daemon, tests/e2e_kube) and of plugins (plugin_test).
  return name.starts_with("rest_client_") || name.starts_with("leader_election_") ||
         name.starts_with("instanced_plugin_");
}

// What this test did not bring about, or what is 0 in good health.
bool MayBeZero(const std::string& name) {
  static const std::set<std::string> kMayBe{
      "controller_runtime_reconcile_panics_total",    // a fault ends the process
      "controller_runtime_active_workers",            // between two passes
      "workqueue_depth",                              // nothing due
      "workqueue_unfinished_work_seconds",            // between two passes
      "workqueue_longest_running_processor_seconds",  // between two passes
      "instanced_budget_parked",                      // nobody waits
      "instanced_in_doubt",                           // resolved by then
      "instanced_provider_deferred_total",            // passes reserve before they call
  };
  return kMayBe.contains(name);
}

class EveryMetric : public testing::Test {
 protected:
  std::string Scrape() const { return site_.Get(site_.metrics_port(), "/metrics").value_or(""); }
  void Fault(Json rule) {
    rule["count"] = rule.value("count", 1);
    ASSERT_TRUE(site_.clouds().AddFault(rule));
  }
  void Await(const std::function<bool()>& reached, const char* what) {
    ASSERT_EQ(WaitUntil(reached, 30), Waited::kReached) << what;
  }
  // Throttled, refused with a word nobody knows, out of time, drifting for good, deleted, held.
  void LiveThroughSomething();

  Site site_;
};

void EveryMetric::LiveThroughSomething() {
  Fault({{"action", "throttle"}, {"kind", "mutating"}, {"contains", "throttled"}});
  Fault({{"action", "error-with-code"},
         {"status", 400},
         {"code", "NeverHeardOfException"},
         {"contains", "unknown"},
         {"count", 0}});
  Fault({{"action", "timeout-after-effect"}, {"kind", "mutating"}, {"contains", "late"}});
  Json config = ProviderConfigManifest("default", site_.url(), AwsOne(), AlibabaOne());
  config["spec"]["budgets"]["scn:CreateInstance"] = {{"perSecond", 2}, {"burst", 1}};
  site_.manifests().Write(config);
  const std::vector<Json> bots{OutboundBotManifest("bot-a"), OutboundBotManifest("bot-b")};
  const std::vector<Json> good{ConnectManifest("throttled"),
                               SupplyChainManifest("late"),
                               SupplyChainManifest("stock-a"),
                               SupplyChainManifest("stock-b"),
                               CallCenterManifest("calls"),
                               bots[0],
                               bots[1]};
  for (const Json& manifest : good) site_.manifests().Write(manifest);
  site_.manifests().Write(ConnectManifest("unknown"));
  site_.StartDaemon();
  Await([&] { return site_.AllReady(good); }, "all are ready");
  ASSERT_TRUE(site_.clouds().Drift({{"service", "ccc"},
                                    {"id", site_.Object(good[4])->external_name()},
                                    {"fields", {{"StorageMaxDays", 9}}}}));
  Await([&] { return site_.Object(good[4])->Is("Stalled"); }, "the drift is seen");
  site_.manifests().Remove(good[2]);
  Await([&] { return !site_.Object(good[2]); }, "one is deleted");
  for (const Json& bot : bots) site_.manifests().Remove(bot);
  Await([&] { return site_.Object(bots[0])->ReasonOf("Stalled") == "AwaitingApproval"; },
        "all of a kind are held");
  site_.manifests().WriteFile("broken.yaml", "kind: [");
}

TEST_F(EveryMetric, IsThereAndMoves) {
  LiveThroughSomething();
  std::set<std::string> missing;
  const auto look = [&] {
    missing.clear();
    const auto scrape = Scrape();
    const auto sums = Sums(scrape);
    for (const auto& [name, type] : Documented()) {
      if (IsElsewhere(name)) continue;
      const auto found = sums.find(name + (type == "histogram" ? "_count" : ""));
      if (found == sums.end() && name == "instanced_provider_deferred_total") continue;
      if (found == sums.end() || (found->second == 0 && !MayBeZero(name))) missing.insert(name);
    }
    return missing.empty() && !scrape.empty();
  };
  EXPECT_EQ(WaitUntil(look, 15), Waited::kReached)
      << "no series, or never moved: " << testing::PrintToString(missing);
  EXPECT_GT(Documented().size(), 40u);
}

// A poll every 1.5 seconds: the oldest observation stays young, and grows when nobody may look.
TEST_F(EveryMetric, AgeOfTheOldestObservationGrowsWhileNobodyLooks) {
  const auto manifest = OutboundBotManifest("robot");
  site_.manifests().Write(manifest);
  site_.StartDaemon();
  ExpectSettled(site_, {manifest});
  const auto age = [&] { return Sums(Scrape())["instanced_observation_age_seconds"]; };
  LetPass(5);
  EXPECT_LT(age(), 4);
  EXPECT_EQ(site_.Instancectl({"pause", KeyOf(manifest)}).ending.exit_code, 0);
  EXPECT_EQ(WaitUntil([&] { return age() > 5; }, 20), Waited::kReached);
}

}  // namespace
}  // namespace instanced::e2e
