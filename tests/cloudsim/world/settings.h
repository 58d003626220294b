// Everything about the simulated clouds that a test may change: durations, quotas, lags, modes.
//
// Durations are virtual milliseconds unless the name says otherwise; a quota of 0 is unlimited.
// The JSON form uses the member names as keys; MergeSettings refuses unknown ones.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace instanced::cloudsim {

using Json = nlohmann::json;
using Millis = std::int64_t;

inline constexpr Millis kSecond = 1000;
inline constexpr Millis kMinute = 60 * kSecond;
inline constexpr Millis kHour = 60 * kMinute;
inline constexpr Millis kDay = 24 * kHour;

// One token bucket's shape; both are per account, region and operation, on the real clock.
struct Rate {
  double per_second = 0;
  double burst = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Rate, per_second, burst)

struct Settings {
  Millis connect_provision_ms = 2 * kMinute;
  Millis scn_provision_ms = 2 * kMinute;
  Millis ccc_provision_ms = 30 * kSecond;
  Millis connect_delete_ms = 0;             // how long a deleted instance stays readable
  Millis connect_failed_visible_ms = kDay;  // counted from the create call
  Millis scn_delete_ms = kMinute;
  Millis scn_deleted_visible_ms = 10 * kMinute;
  Millis list_lag_ms = 0;
  Millis describe_lag_ms = 0;
  Millis token_retention_ms = kDay;
  Millis churn_window_ms = 30 * kDay;
  std::int64_t churn_limit = 100;
  std::int64_t connect_instances = 2;
  std::int64_t scn_instances = 0;
  std::int64_t ccc_instances = 0;
  std::int64_t outboundbot_concurrency = 1000;
  std::string ccc_ready_state = "Running";
  std::string ccc_closed_code;  // non-empty: create and delete are answered with it
  std::string outboundbot_unknown = "NotExist.Instance";  // or InternalError
  std::string alibaba_scalars = "typed";                  // or strings
  std::string alibaba_error_keys = "upper";               // or lower
  std::string aws_error_form = "type";  // type | type-uri | namespaced | body-only
  std::string rates_mode = "enforced";  // or off
  std::map<std::string, Rate> rates = {{"connect", Rate{2, 5}}};
  Millis latency_real_ms = 0;
  Millis skew_real_ms = 0;  // how far this server's wall clock is off
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(
    Settings, connect_provision_ms, scn_provision_ms, ccc_provision_ms, connect_delete_ms,
    connect_failed_visible_ms, scn_delete_ms, scn_deleted_visible_ms, list_lag_ms, describe_lag_ms,
    token_retention_ms, churn_window_ms, churn_limit, connect_instances, scn_instances,
    ccc_instances, outboundbot_concurrency, ccc_ready_state, ccc_closed_code, outboundbot_unknown,
    alibaba_scalars, alibaba_error_keys, aws_error_form, rates_mode, rates, latency_real_ms,
    skew_real_ms)

// `settings` with the members of `patch` replaced, or a sentence naming what was wrong.
std::expected<Settings, std::string> MergeSettings(const Settings& settings, const Json& patch);

}  // namespace instanced::cloudsim
