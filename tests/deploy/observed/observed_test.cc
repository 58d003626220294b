// What the shipped rules and dashboards make of real daemons: five of them against simulated
// clouds, one at peace and four with a trouble each, scraped by a real Prometheus. Every alert
// fires where it should and none at peace; every panel of every dashboard has data.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>
#include <string>

#include "tests/deploy/observed/prometheus_process.h"
#include "tests/deploy/rendering.h"
#include "tests/e2e/site.h"

namespace instanced::deploy {
namespace {

using e2e::Site;
using e2e::Waited;
using e2e::WaitUntil;

Json Refusal(const std::string& contains, const std::string& code) {
  return {{"action", "error-with-code"}, {"status", 400}, {"code", code}, {"contains", contains}};
}

// Nothing is wrong.
std::unique_ptr<Site> AtPeace() {
  auto site = std::make_unique<Site>();
  for (int i = 0; i < 4; ++i)
    site->manifests().Write(e2e::ManifestOf(i, "calm" + std::to_string(i)));
  site->StartDaemon();
  return site;
}

// Clouds that throttle, fail, refuse the credential and say what nobody knows; and a broken file.
std::unique_ptr<Site> WithBadClouds() {
  auto site = std::make_unique<Site>();
  const auto clouds = site->clouds();
  EXPECT_TRUE(clouds.AddFault(Refusal("odd", "NeverHeardOfException")));
  EXPECT_TRUE(clouds.AddFault({{"action", "throttle"}, {"service", "ccc"}}));
  EXPECT_TRUE(
      clouds.AddFault({{"action", "5xx"}, {"service", "outboundbot"}, {"kind", "mutating"}}));
  EXPECT_TRUE(clouds.AddFault({{"action", "expired-token"}, {"service", "scn"}}));
  site->manifests().Write(e2e::ConnectManifest("odd"));
  site->manifests().Write(e2e::SupplyChainManifest("denied"));
  site->manifests().Write(e2e::CallCenterManifest("slowed"));
  site->manifests().Write(e2e::OutboundBotManifest("failing"));
  site->manifests().WriteFile("broken.yaml", "kind: [\n");
  site->StartDaemon();
  return site;
}

// More objects than a small budget serves, and a churn quota that is nearly used.
std::unique_ptr<Site> Hungry() {
  auto site = std::make_unique<Site>(e2e::SiteOptions{.flags = {"--churn-limit", "20"}});
  Json config =
      e2e::ProviderConfigManifest("default", site->url(), e2e::AwsOne(), e2e::AlibabaOne());
  config["spec"]["budgets"]["scn:*"] = {{"perSecond", 0.5}, {"burst", 1}};
  site->manifests().Write(config);
  site->manifests().Write(e2e::ConnectManifest("desk"));
  for (int i = 0; i < 10; ++i)
    site->manifests().Write(e2e::SupplyChainManifest("s" + std::to_string(i)));
  site->StartDaemon();
  return site;
}

// A call that hangs, a used-up churn quota, and three bots that will all be removed.
std::unique_ptr<Site> Hanging() {
  auto site = std::make_unique<Site>(e2e::SiteOptions{.flags = {"--churn-limit", "3"}});
  *std::next(std::ranges::find(site->flags(), "--call-deadline")) = "60s";
  EXPECT_TRUE(site->clouds().AddFault(
      {{"action", "hold"}, {"kind", "mutating"}, {"service", "scn"}, {"phase", "received"}}));
  site->manifests().Write(e2e::SupplyChainManifest("hangs"));
  for (int i = 0; i < 3; ++i) {
    site->manifests().Write(e2e::OutboundBotManifest("b" + std::to_string(i)));
    site->manifests().Write(e2e::ConnectManifest("c" + std::to_string(i)));
  }
  site->StartDaemon();
  return site;
}

// A disk that has no room beyond the first hundred kilobytes.
std::unique_ptr<Site> OnAFullDisk() {
  auto site = std::make_unique<Site>();
  for (int i = 0; i < 60; ++i)
    site->manifests().Write(e2e::OutboundBotManifest("f" + std::to_string(i)));
  site->StartDaemon(100'000);
  return site;
}

class Observed : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    peace_ = AtPeace();
    ASSERT_EQ(WaitUntil([] { return peace_->OwnInstances().size() == 4; }, 60), Waited::kReached);
    ASSERT_TRUE(
        Becomes(*peace_, "instanced_instances{kind=\"ConnectInstance\",state=\"Ready\"} 1"));
    bad_ = WithBadClouds();
    hungry_ = Hungry();
    hanging_ = Hanging();
    full_ = OnAFullDisk();
    prometheus_ = std::make_unique<PrometheusProcess>(
        std::vector<ScrapeTarget>{{"peace", peace_->metrics_port()},
                                  {"bad", bad_->metrics_port()},
                                  {"hungry", hungry_->metrics_port()},
                                  {"hanging", hanging_->metrics_port()},
                                  {"full", full_->metrics_port()}},
        std::vector<std::string>{RepositoryFile("deploy/prometheus/rules/recording.yaml"),
                                 RepositoryFile("deploy/prometheus/rules/alerts.yaml")});
    ASSERT_EQ(WaitUntil([] { return prometheus_->Ready(); }, 30), Waited::kReached)
        << prometheus_->Log();
    // The create was answered with a failure; from now on nobody can be asked whether it worked.
    ASSERT_TRUE(Becomes(*bad_, "instanced_in_doubt{kind=\"OutboundBotInstance\"} 1"));
    ASSERT_TRUE(bad_->clouds().AddFault({{"action", "5xx"}, {"service", "outboundbot"}}));
    // All bots at once: a brake.
    ASSERT_TRUE(
        Becomes(*hanging_, "instanced_instances{kind=\"OutboundBotInstance\",state=\"Ready\"} 3"));
    for (int i = 0; i < 3; ++i)
      hanging_->manifests().Remove(e2e::OutboundBotManifest("b" + std::to_string(i)));
  }
  static void TearDownTestSuite() {
    prometheus_.reset();
    for (auto* site : {&peace_, &bad_, &hungry_, &hanging_, &full_}) site->reset();
  }
  // Whether the daemon's own metrics come to have a line.
  static bool Becomes(const Site& site, const std::string& line) {
    const auto reads = [&] {
      const auto page = site.Get(site.metrics_port(), "/metrics");
      return page && page->find(line) != std::string::npos;
    };
    return WaitUntil(reads, 60) == Waited::kReached;
  }
  // Alerts that fired at any time so far, as NAMESPACE/ALERT.
  static std::set<std::string> Fired() {
    std::set<std::string> fired;
    const Json found = prometheus_->Query(
        "max by (namespace, alertname) (max_over_time(ALERTS{alertstate=\"firing\"}[10m]))");
    if (!found.is_array()) return fired;
    for (const auto& series : found) {
      const auto& labels = series.at("metric");
      fired.insert(labels.value("namespace", "") + "/" + labels.value("alertname", ""));
    }
    return fired;
  }
  static bool AllFire(const std::set<std::string>& wanted, double seconds) {
    return WaitUntil([&] { return std::ranges::includes(Fired(), wanted); }, seconds) ==
           Waited::kReached;
  }

  static inline std::unique_ptr<Site> peace_, bad_, hungry_, hanging_, full_;
  static inline std::unique_ptr<PrometheusProcess> prometheus_;
};

std::set<std::string> NamesOfAlerts() {
  std::set<std::string> names;
  const Json rules = ReadObjects(RepositoryFile("deploy/prometheus/rules/alerts.yaml")).at(0);
  for (const auto& rule : rules.at("groups").at(0).at("rules")) names.insert(rule.at("alert"));
  return names;
}

std::string Joined(const std::set<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += word + " ";
  return text;
}

TEST_F(Observed, EveryAlertFiresWhereItShouldAndNoneAtPeace) {
  const std::set<std::string> wanted{
      "bad/InstancedCloudFailing",        "bad/InstancedCreateInDoubt",
      "bad/InstancedCredentialRefused",   "bad/InstancedManifestErrors",
      "bad/InstancedObjectsNotSettling",  "bad/InstancedObjectsStalled",
      "bad/InstancedThrottled",           "bad/InstancedUnknownCodes",
      "full/InstancedJournalNotWritable", "hanging/InstancedBrakeHeld",
      "hanging/InstancedChurnExhausted",  "hanging/InstancedPassStuck",
      "hungry/InstancedBudgetStarved",    "hungry/InstancedChurnLow"};
  EXPECT_TRUE(AllFire(wanted, 90)) << "only: " << Joined(Fired());

  full_->KillDaemon();
  EXPECT_TRUE(AllFire({"full/InstancedDown"}, 30));

  std::set<std::string> seen;
  for (const auto& name : Fired()) {
    EXPECT_FALSE(name.starts_with("peace/")) << name;
    seen.insert(name.substr(name.find('/') + 1));
  }
  EXPECT_EQ(seen, NamesOfAlerts());
}

// The expression as Grafana would send it with everything selected.
std::string Asked(std::string expression) {
  for (const auto& [variable, value] :
       {std::pair<std::string, std::string>{"$namespace", ".*"}, {"$__rate_interval", "10s"}}) {
    for (auto at = expression.find(variable); at != std::string::npos;
         at = expression.find(variable)) {
      expression.replace(at, variable.size(), value);
    }
  }
  EXPECT_EQ(expression.find('$'), std::string::npos) << expression;
  return expression;
}

bool HasANumber(const Json& result) {
  if (!result.is_array()) return false;
  return std::ranges::any_of(result, [](const Json& series) {
    return std::ranges::any_of(series.at("values"), [](const Json& point) {
      return std::isfinite(std::strtod(point.at(1).get<std::string>().c_str(), nullptr));
    });
  });
}

TEST_F(Observed, EveryPanelOfEveryDashboardHasData) {
  std::size_t queries = 0;
  for (const auto& entry : std::filesystem::directory_iterator(DEPLOY_ROOT "/deploy/grafana")) {
    if (entry.path().extension() != ".json") continue;
    // Replicas of a cluster: tests/e2e_kube/observed_test.
    if (entry.path().stem() == "kubernetes") continue;
    const auto board = Json::parse(e2e::ReadText(entry.path()));
    for (const auto& panel : board.at("panels")) {
      for (const auto& target : panel.at("targets")) {
        ++queries;
        const auto expression = Asked(target.at("expr"));
        const bool data = WaitUntil([&] { return HasANumber(prometheus_->QueryRange(expression)); },
                                    20) == Waited::kReached;
        EXPECT_TRUE(data) << board.at("title") << ": " << panel.at("title") << "\n"
                          << expression << "\n"
                          << prometheus_->QueryRange(expression).dump().substr(0, 300);
      }
    }
  }
  EXPECT_GT(queries, 30u);
}

}  // namespace
}  // namespace instanced::deploy
