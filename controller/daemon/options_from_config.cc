#include "controller/daemon/options_from_config.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "controller/config/command_line.h"

namespace instanced {
namespace {

using std::chrono::milliseconds;

instanced::LogLevel LevelOf(LogDetail detail) {
  switch (detail) {
    case LogDetail::kDebug:
      return LogLevel::kDebug;
    case LogDetail::kInfo:
      return LogLevel::kInfo;
    case LogDetail::kWarning:
      return LogLevel::kWarning;
    case LogDetail::kError:
      return LogLevel::kError;
  }
  std::unreachable();
}

LogFormat FormatOf(LogStyle style) {
  switch (style) {
    case LogStyle::kAuto:
      return FormatForStandardError();
    case LogStyle::kText:
      return LogFormat::kText;
    case LogStyle::kJson:
      return LogFormat::kJson;
  }
  std::unreachable();
}

milliseconds Millis(std::chrono::nanoseconds duration) {
  return std::chrono::ceil<milliseconds>(duration);
}

}  // namespace

ReconcileOptions ReconcileOptionsFrom(const Config& config, const std::string& owner) {
  ReconcileOptions options;
  options.owner = owner;
  if (config.kubernetes) options.scope = config.kubernetes->namespace_;
  options.call_deadline = config.call_deadline;
  options.consistency_window = config.consistency_window;
  options.replay_window = config.replay_window;
  options.transition_poll_first = config.poll_in_transition;
  options.transition_poll_max = std::max(options.transition_poll_max, config.poll_in_transition);
  options.drift_poll_max = config.poll_stable;
  options.drift_poll_first = std::min(options.drift_poll_first, config.poll_stable);
  options.passes_in_flight_max = config.max_in_flight;
  return options;
}

void AdoptPace(const Config& from, Config& to) {
  to.max_in_flight = from.max_in_flight;
  to.drain_timeout = from.drain_timeout;
  to.call_deadline = from.call_deadline;
  to.consistency_window = from.consistency_window;
  to.replay_window = from.replay_window;
  to.poll_in_transition = from.poll_in_transition;
  to.poll_stable = from.poll_stable;
}

BrakeOptions BrakeOptionsFrom(const Config& config) {
  BrakeOptions options;
  options.window = config.brakes.window;
  options.count_above = config.brakes.count;
  options.share_above = config.brakes.percent / 100.0;
  return options;
}

ChurnOptions ChurnOptionsFrom(const Config& config) {
  ChurnOptions options;
  options.window = Millis(config.churn.window);
  options.limit = config.churn.limit;
  options.warn_at = config.churn.warn_percent / 100.0;
  return options;
}

JournalOptions JournalOptionsFrom(const Config& config) {
  JournalOptions options;
  options.path = config.state_file.string();
  options.on_damage =
      config.repair_state == RepairState::kYes ? OnDamage::kMoveAside : OnDamage::kRefuse;
  options.owner_id = config.owner_id;
  options.retention.age = std::chrono::ceil<std::chrono::hours>(config.history_retention);
  return options;
}

WatchTiming WatchTimingFrom(const Config& config) {
  WatchTiming timing;
  timing.quiet = Millis(config.quiet_time);
  timing.burst_max = std::max(timing.burst_max, timing.quiet * 2);
  timing.rescan = Millis(config.rescan_interval);
  return timing;
}

Log LogFrom(const Config& config, const Clock& clock) {
  return Log(LevelOf(config.log_level), FormatOf(config.log_format), clock, StandardErrorSink());
}

Result<std::optional<AdminTls>> AdminTlsFrom(const Config& config) {
  const AdminListen& admin = config.admin;
  if (!admin.address) return std::nullopt;
  AdminTls tls;
  // An empty host is every address, as with the other listeners.
  tls.address = (admin.address->host.empty() ? "0.0.0.0" : "") + ToString(*admin.address);
  tls.rules = {admin.operators, admin.readers, {}};
  for (const auto& [path, target, flag] :
       {std::tuple(&admin.certificate, &tls.certificate, "--admin-cert"),
        std::tuple(&admin.private_key, &tls.private_key, "--admin-key"),
        std::tuple(&admin.client_authority, &tls.client_authority, "--admin-client-ca")}) {
    auto text = ReadSmallFile(path->string());
    if (!text) {
      return Fail(ErrorClass::kTerminal, "AdminTls",
                  std::string("cannot read ") + flag + " " + path->string() + ": " + text.error());
    }
    *target = std::move(*text);
  }
  return tls;
}

}  // namespace instanced
