// What passes, failed calls and calls to the Kubernetes API leave in the metrics.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/daemon/daemon_log.h"
#include "controller/daemon/rest_metrics.h"
#include "tests/fakes/manual_clock.h"

namespace instanced {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(RestMetrics, EachCallLeavesItsSizesAndARepeatedOneTheStatusBefore) {
  Metrics metrics;
  RestMetrics rest(metrics);
  rest.OnCall({"LIST", "api", 401, std::chrono::milliseconds(20), 0, 30, 0});
  rest.OnCall({"LIST", "api", 200, std::chrono::milliseconds(20), 0, 5000, 401});
  rest.OnCall({"PUT", "api", 200, std::chrono::milliseconds(20), 700, 900, 0,
               std::chrono::milliseconds(500)});
  rest.OnCall({"WATCH", "api", 200, std::chrono::milliseconds(20), 0, 0, 0});
  KubeCall unsent{.verb = "PUT", .host = "api", .waited = std::chrono::seconds(30)};
  unsent.sent = KubeCall::Sent::kNo;
  rest.OnCall(unsent);
  const auto scrape = metrics.Scrape();
  for (const char* line :
       {R"(rest_client_requests_total{code="401",host="api",method="GET"} 1)",
        R"(rest_client_requests_total{code="200",host="api",method="GET"} 2)",
        R"(rest_client_request_retries_total{code="401",host="api",verb="GET"} 1)",
        R"(rest_client_request_size_bytes_sum{host="api",verb="PUT"} 700)",
        R"(rest_client_response_size_bytes_sum{host="api",verb="GET"} 5030)",
        R"(rest_client_response_size_bytes_count{host="api",verb="GET"} 2)",
        R"(rest_client_rate_limiter_duration_seconds_count{host="api",verb="GET"} 3)",
        R"(rest_client_rate_limiter_duration_seconds_sum{host="api",verb="GET"} 0)",
        R"(rest_client_requests_total{code="<error>",host="api",method="PUT"} 1)",
        R"(rest_client_rate_limiter_duration_seconds_sum{host="api",verb="PUT"} 30.5)",
        R"(rest_client_request_duration_seconds_count{host="api",verb="PUT"} 1)",
        R"(rest_client_request_duration_seconds_sum{host="api",verb="PUT"} 0.02)"}) {
    EXPECT_THAT(scrape, HasSubstr(line));
  }
}

class DaemonLogTest : public testing::Test {
 protected:
  void Fail(const std::string& code) {
    HistoryEntry entry;
    entry.key = {Kind::kConnectInstance, "default", "desk"};
    entry.kind = HistoryKind::kFailure;
    entry.operation = "connect:CreateInstance";
    entry.result = "InDoubt";
    entry.code = code;
    daemon_log_.CallRecorded(entry);
  }

  ManualClock clock_;
  Log log_{LogLevel::kError, LogFormat::kText, clock_, [](LogLevel, std::string_view) {}};
  Metrics metrics_;
  DaemonLog daemon_log_{log_, metrics_};
};

TEST_F(DaemonLogTest, WhatHasNotHappenedYetIsShownAsZero) {
  const auto scrape = metrics_.Scrape();
  for (const char* name : {"errors", "panics", "timeouts"}) {
    EXPECT_THAT(scrape, HasSubstr("controller_runtime_reconcile_" + std::string(name) +
                                  "_total{controller=\"OutboundBotInstance\"} 0"));
  }
}

TEST_F(DaemonLogTest, OnlyCallsThatRanIntoTheirDeadlineAreTimeouts) {
  for (const char* code :
       {"Deadline", "HttpDeadline", "DeadlineExceeded", "Closed", "Throttling"}) {
    Fail(code);
  }
  const auto scrape = metrics_.Scrape();
  EXPECT_THAT(scrape, HasSubstr("controller_runtime_reconcile_timeouts_total{controller="
                                "\"ConnectInstance\"} 3"));
  EXPECT_THAT(scrape, Not(HasSubstr("desk")));
}

}  // namespace
}  // namespace instanced
