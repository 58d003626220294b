#include "controller/telemetry/metrics.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <set>
#include <string>

#include <gmock/gmock.h>

namespace instanced {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Touches every metric there is, as the daemon would.
void FillAll(Metrics& metrics) {
  for (const MetricInfo& info : AllMetrics()) {
    switch (info.type) {
      case MetricType::kCounter:
        metrics.Count(info.metric, {"one", "two", "three", "four"});
        break;
      case MetricType::kGauge:
        metrics.Set(info.metric, {"one", "two", "three", "four"}, 1);
        break;
      case MetricType::kHistogram:
        metrics.Observe(info.metric, {"one", "two", "three", "four"}, 0.5);
        break;
    }
  }
}

TEST(Metrics, PromtoolFindsNothingInAFullScrape) {
  Metrics metrics;
  FillAll(metrics);
  const std::string path = ::testing::TempDir() + "instanced_scrape_" +
                           std::to_string(::testing::UnitTest::GetInstance()->random_seed());
  std::FILE* file = std::fopen(path.c_str(), "w");
  ASSERT_NE(file, nullptr);
  const std::string scrape = metrics.Scrape();
  ASSERT_EQ(std::fwrite(scrape.data(), 1, scrape.size(), file), scrape.size());
  std::fclose(file);
  std::FILE* promtool = popen(("promtool check metrics < '" + path + "' 2>&1").c_str(), "r");
  ASSERT_NE(promtool, nullptr);
  std::string findings;
  std::array<char, 4096> chunk{};
  while (std::fgets(chunk.data(), chunk.size(), promtool) != nullptr) findings += chunk.data();
  const int status = pclose(promtool);
  std::remove(path.c_str());
  EXPECT_EQ(status, 0) << findings;
  EXPECT_EQ(findings, "");
}

TEST(Metrics, EveryMetricIsInTheScrapeWithHelp) {
  Metrics metrics;
  FillAll(metrics);
  const std::string scrape = metrics.Scrape();
  for (const MetricInfo& info : AllMetrics()) {
    EXPECT_THAT(scrape, HasSubstr("# HELP " + std::string(info.name) + " ")) << info.name;
  }
}

TEST(Metrics, ControllerRuntimesNamesAndLabelsAreExact) {
  Metrics metrics;
  metrics.Count(Metric::kReconcileTotal, {"connectinstance", "success"});
  metrics.Set(Metric::kQueueDepth, {"connectinstance", "connectinstance", "0"}, 3);
  metrics.CountUpTo(Metric::kQueueAdds, {"connectinstance", "connectinstance"}, 5);
  metrics.CountUpTo(Metric::kQueueAdds, {"connectinstance", "connectinstance"}, 7);
  metrics.CountUpTo(Metric::kQueueAdds, {"connectinstance", "connectinstance"}, 6);
  metrics.Count(Metric::kRestRequests, {"200", "GET", "api"});
  metrics.Set(Metric::kLeaderStatus, {"instanced"}, 1);
  const std::string scrape = metrics.Scrape();
  EXPECT_THAT(scrape, HasSubstr("controller_runtime_reconcile_total{controller=\"connectinstance\","
                                "result=\"success\"} 1\n"));
  EXPECT_THAT(scrape, HasSubstr("workqueue_depth{controller=\"connectinstance\","
                                "name=\"connectinstance\",priority=\"0\"} 3\n"));
  EXPECT_THAT(scrape, HasSubstr("workqueue_adds_total{controller=\"connectinstance\","
                                "name=\"connectinstance\"} 7\n"));
  EXPECT_THAT(
      scrape,
      HasSubstr("rest_client_requests_total{code=\"200\",host=\"api\",method=\"GET\"} 1\n"));
  EXPECT_THAT(scrape, HasSubstr("leader_election_master_status{name=\"instanced\"} 1\n"));
}

TEST(Metrics, NoLabelCanNameAnObject) {
  const std::set<std::string_view> known{"controller", "result",  "name",     "priority", "code",
                                         "method",     "host",    "verb",     "service",  "account",
                                         "region",     "class",   "kind",     "cause",    "state",
                                         "operation",  "version", "compiler", "plugin"};
  for (const MetricInfo& info : AllMetrics()) {
    for (const std::string_view label : info.labels) EXPECT_TRUE(known.contains(label)) << label;
  }
}

TEST(Metrics, BucketsOfWhatCloudsTakeReachHours) {
  EXPECT_GE(InfoOf(Metric::kTimeToReady).buckets.back(), 3600);
  for (const MetricInfo& info : AllMetrics()) {
    EXPECT_EQ(info.buckets.empty(), info.type != MetricType::kHistogram) << info.name;
    EXPECT_TRUE(std::is_sorted(info.buckets.begin(), info.buckets.end())) << info.name;
  }
}

TEST(Metrics, ResetDropsSeriesThatAreGone) {
  Metrics metrics;
  metrics.Set(Metric::kInstances, {"ConnectInstance", "Ready"}, 1);
  metrics.Reset(Metric::kInstances);
  metrics.Set(Metric::kInstances, {"ConnectInstance", "Stalled"}, 1);
  EXPECT_THAT(metrics.Scrape(), Not(HasSubstr("state=\"Ready\"")));
  EXPECT_THAT(metrics.Scrape(), HasSubstr("state=\"Stalled\""));
}

TEST(Metrics, HostileLabelAndWrongTypeDoNoHarm) {
  Metrics metrics;
  metrics.Count(Metric::kProviderCalls, {"connect", "bad\xff\"\n", "Success"});
  metrics.Set(Metric::kProviderCalls, {"x", "y", "z"}, 5);
  metrics.Reset(Metric::kProviderCalls);
  EXPECT_THAT(metrics.Scrape(), HasSubstr("operation=\"bad\xEF\xBF\xBD\\\"\\n\""));
}

}  // namespace
}  // namespace instanced
