// What the shipped rules and the Kubernetes dashboard make of real replicas: a pair at peace, one
// that is kept from its lease, one whose API server fails. The rest is tests/deploy/observed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>

#include "tests/deploy/observed/prometheus_process.h"
#include "tests/deploy/rendering.h"
#include "tests/e2e_kube/api_proxy.h"
#include "tests/e2e_kube/replica_crew.h"

namespace instanced::e2e {
namespace {

using deploy::PrometheusProcess;
using deploy::RepositoryFile;

KubeSiteOptions WithLeases() {
  KubeSiteOptions options;
  options.election = KubeSiteOptions::Election::kLeases;
  return options;
}

std::set<std::string> Fired(const PrometheusProcess& prometheus) {
  std::set<std::string> fired;
  const Json found = prometheus.Query(
      "max by (namespace, alertname) (max_over_time(ALERTS{alertstate=\"firing\"}[10m]))");
  if (!found.is_array()) return fired;
  for (const auto& series : found) {
    const auto& labels = series.at("metric");
    fired.insert(labels.value("namespace", "") + "/" + labels.value("alertname", ""));
  }
  return fired;
}

std::string Asked(std::string expression) {
  for (const auto& [variable, value] :
       {std::pair<std::string, std::string>{"$namespace", ".*"}, {"$__rate_interval", "10s"}}) {
    for (auto at = expression.find(variable); at != std::string::npos;
         at = expression.find(variable)) {
      expression.replace(at, variable.size(), value);
    }
  }
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

std::set<std::string> AlertsOfClusters() {
  std::set<std::string> names;
  const Json rules =
      deploy::ReadObjects(RepositoryFile("deploy/prometheus/rules/alerts.yaml")).at(0);
  for (const auto& group : rules.at("groups")) {
    if (group.at("name") != "instanced-kubernetes-alerts") continue;
    for (const auto& rule : group.at("rules")) names.insert(rule.at("alert"));
  }
  return names;
}

TEST(ObservedOperator, EveryAlertFiresWhereItShouldAndEveryPanelHasData) {
  KubeSite peace(WithLeases());
  ReplicaCrew pair(peace);
  const auto desk = peace.Here(ConnectManifest("desk"));
  peace.Apply(desk);
  pair.Start("one");
  ASSERT_EQ(pair.WaitForHolder(30), "one");
  pair.Start("two");
  ExpectSettled(peace, {desk});

  // A stranger has the lease and keeps it.
  KubeSite kept(WithLeases());
  kept.Apply({{"apiVersion", "coordination.k8s.io/v1"},
              {"kind", "Lease"},
              {"metadata", {{"name", "instanced"}, {"namespace", kept.daemon_space()}}},
              {"spec",
               {{"holderIdentity", "stranger"},
                {"leaseDurationSeconds", 3600},
                {"acquireTime", "2026-01-01T00:00:00.000000Z"},
                {"renewTime", "2026-01-01T00:00:00.000000Z"},
                {"leaseTransitions", 1}}}});
  kept.StartDaemon();

  ApiProxy proxy;
  KubeSite failing;
  const auto authority = failing.folder() / "proxy-authority.pem";
  std::ofstream(authority) << proxy.authority();
  failing.ReachApiServerAt(proxy.url(), authority);
  failing.StartDaemon();
  ASSERT_EQ(
      WaitUntil([&] { return failing.Log().find("source is synced") != std::string::npos; }, 30),
      Waited::kReached);

  const PrometheusProcess prometheus({{"peace", pair.MetricsPort("one")},
                                      {"peace", pair.MetricsPort("two")},
                                      {"kept", kept.metrics_port()},
                                      {"failing", failing.metrics_port()}},
                                     {RepositoryFile("deploy/prometheus/rules/recording.yaml"),
                                      RepositoryFile("deploy/prometheus/rules/alerts.yaml")});
  ASSERT_EQ(WaitUntil([&] { return prometheus.Ready(); }, 30), Waited::kReached)
      << prometheus.Log();
  proxy.Refuse(
      {.methods = {}, .target_part = "", .status = 500, .retry_after = 0, .times = 1'000'000});
  proxy.EndWatches();

  const std::set<std::string> wanted{"failing/InstancedApiServerFailing",
                                     "kept/InstancedNobodyActs"};
  EXPECT_EQ(WaitUntil([&] { return std::ranges::includes(Fired(prometheus), wanted); }, 90),
            Waited::kReached);
  const auto clusters = AlertsOfClusters();
  std::set<std::string> seen;
  for (const auto& name : Fired(prometheus)) {
    EXPECT_FALSE(name.starts_with("peace/")) << name;
    const auto alert = name.substr(name.find('/') + 1);
    if (clusters.contains(alert)) seen.insert(alert);
  }
  EXPECT_EQ(seen, clusters);

  const auto board = Json::parse(ReadText(DEPLOY_ROOT "/deploy/grafana/kubernetes.json"));
  for (const auto& panel : board.at("panels")) {
    for (const auto& target : panel.at("targets")) {
      const auto expression = Asked(target.at("expr"));
      EXPECT_EQ(WaitUntil([&] { return HasANumber(prometheus.QueryRange(expression)); }, 20),
                Waited::kReached)
          << panel.at("title") << "\n"
          << expression << "\n"
          << prometheus.QueryRange(expression).dump().substr(0, 300);
    }
  }
}

}  // namespace
}  // namespace instanced::e2e
