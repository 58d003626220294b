#include "controller/budget/call_metrics.h"

#include <gmock/gmock.h>

namespace instanced {
namespace {

using ::testing::HasSubstr;

const Domain kDomain{"connect", "1", "r"};

TEST(CallMetrics, CountsCallsByClassAndThrottlesApart) {
  Metrics metrics;
  CallMetrics calls(metrics);
  calls.OnDeferred(kDomain, "Describe");
  calls.OnCall(kDomain, "Describe",
               {.error_class = std::nullopt,
                .code = "",
                .retry_after = std::nullopt,
                .latency = std::chrono::milliseconds(50)});
  calls.OnCall(kDomain, "Describe",
               {.error_class = ErrorClass::kThrottled, .code = "x", .retry_after = std::nullopt});
  const std::string scrape = metrics.Scrape();
  const std::string labels = "{class=\"Success\",operation=\"Describe\",service=\"connect\"} 1";
  EXPECT_THAT(scrape, HasSubstr("instanced_provider_calls_total" + labels));
  EXPECT_THAT(scrape, HasSubstr("instanced_provider_throttles_total{operation=\"Describe\","
                                "service=\"connect\"} 1"));
  EXPECT_THAT(scrape, HasSubstr("instanced_provider_deferred_total{operation=\"Describe\","
                                "service=\"connect\"} 1"));
  EXPECT_THAT(scrape, HasSubstr("instanced_provider_call_duration_seconds_bucket{operation="
                                "\"Describe\",service=\"connect\",le=\"0.05\"} 2"));
}

TEST(CallMetrics, ShowsWhatIsLeftOfABudget) {
  Metrics metrics;
  Budget budget;
  const MonotonicTime now{std::chrono::hours(1)};
  budget.Spend(kDomain, "Describe", {}, Priority::kUrgent, now);
  ShowBudgets(budget, now, metrics);
  EXPECT_THAT(metrics.Scrape(), HasSubstr("instanced_budget_remaining{account=\"1\",operation="
                                          "\"Describe\",region=\"r\",service=\"connect\"} 3"));
}

}  // namespace
}  // namespace instanced
