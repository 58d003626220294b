#include "controller/daemon/election.h"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "controller/task/sleep.h"

namespace instanced {
namespace {

constexpr std::string_view kPrefix = "instanced";
constexpr Duration kWatchdogInterval = std::chrono::milliseconds(250);
constexpr Duration kLeaveWithin = std::chrono::seconds(5);
constexpr Duration kPrepareAgain = std::chrono::seconds(1);

LeaseOptions OptionsFrom(const LeaseFigures& figures, std::string identity) {
  LeaseOptions options;
  options.identity = std::move(identity);
  options.prefix = kPrefix;
  options.timing = {figures.duration, figures.renew_deadline, figures.retry};
  options.sharding = figures.sharding == ShardWork::kByDomain ? Sharding::kDomains : Sharding::kOff;
  return options;
}

}  // namespace

std::string NewIdentity(Random& random) {
  std::array<char, 256> host{};
  if (gethostname(host.data(), host.size() - 1) != 0) host[0] = '\0';
  return fmt::format("{}_{:016x}", host.data(), random.Next());
}

Election::Election(Deps deps)
    : deps_(std::move(deps)),
      store_(deps_.client,
             deps_.figures.namespace_.empty() ? deps_.default_namespace : deps_.figures.namespace_,
             std::string(kPrefix)),
      keeper_({store_, deps_.clock, deps_.random, deps_.loop.urgent(), *this, alarm_},
              OptionsFrom(deps_.figures, deps_.identity)),
      running_(deps_.loop.urgent()) {}

void Election::Start() {
  deps_.metrics.Set(Metric::kLeaderStatus, {kPrefix}, 0);
  deps_.log.Info("taking part in the election", {{"identity", keeper_.holder()}});
  running_.Spawn(keeper_.Run(stop_.token(), kLeaveWithin));
  watchdog_ = std::make_unique<Watchdog>(alarm_, deps_.clock, kWatchdogInterval, &EndProcess);
}

Task<void> Election::Leave() {
  stop_.RequestStop();
  auto joining = running_.Join();
  co_await joining;
}

std::optional<std::string> Election::standing() const {
  if (!keeper_.looked()) return std::nullopt;
  const auto held = keeper_.held().size();
  if (held == 0) return "standby";
  return fmt::format("holds {} lease{}", held, held == 1 ? "" : "s");
}

void Election::LeaseTaken(const std::string& lease) {
  deps_.log.Info("lease is taken", {{"lease", lease}});
  deps_.metrics.Set(Metric::kLeaderStatus, {lease}, 1);
  deps_.signals.spawn(Prepare(lease));
}

Task<void> Election::Prepare(std::string lease) {
  // Of the tenure that has just begun: the next one reads for itself.
  const auto tenure = keeper_.TenureNumber(lease);
  while (!stop_.StopRequested()) {
    if (keeper_.TenureNumber(lease) != tenure) co_return;
    const auto held = keeper_.held();
    if (std::ranges::find(held, lease) == held.end()) co_return;
    auto restoring = deps_.signals.restore(keeper_.ShareOfLease(lease));
    const auto restored = co_await restoring;
    if (restored) break;
    deps_.log.Failure(LogLevel::kError, "cannot read what the last holder left", restored.error());
    SleepUntil sleeping(deps_.clock.Now() + kPrepareAgain, stop_.token());
    co_await sleeping;
  }
  keeper_.BeginWork(lease, tenure);
  deps_.signals.take_over();
}

void Election::LeaseEnded(const std::string& lease) {
  deps_.log.Info("lease is no longer held", {{"lease", lease}});
  deps_.metrics.Set(Metric::kLeaderStatus, {lease}, 0);
  deps_.signals.let_go(keeper_.ShareOfLease(lease));
}

void Election::LeaseTrouble(const Error& error) {
  deps_.log.Failure(LogLevel::kWarning, "leases cannot be read or written; trying again", error);
}

void Election::LeaseReadAgain(const std::string& lease) {
  deps_.metrics.Count(Metric::kLeaderSlowpath, {lease});
}

void Election::LeaseRanOut() {
  deps_.log.Error("a lease could not be renewed in time; ending, so that nothing is done twice");
  deps_.signals.ran_out();
}

// On the watchdog's thread, while the loop may be stuck: nothing but the end.
void Election::EndProcess() {
  constexpr std::string_view kLast =
      "instanced: a lease could not be renewed in time; ending at once\n";
  (void)!write(STDERR_FILENO, kLast.data(), kLast.size());
  _exit(1);
}

}  // namespace instanced
