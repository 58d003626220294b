#include "tests/simulation/weather.h"

#include <array>

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Error ErrorOf(ErrorClass error_class, std::string code, Reach reach) {
  Error error;
  error.error_class = error_class;
  error.code = std::move(code);
  error.message = "so it was";
  error.operation = "simulated:Call";
  error.reach = reach;
  return error;
}

Error Lost() { return ErrorOf(ErrorClass::kInDoubt, "ConnectionLost", Reach::kUnknown); }

}  // namespace

Weather::Weather(SimWorld& world, const People& people) : world_(world), people_(people) {
  static constexpr std::array<std::uint64_t, 5> kOften{0, 100, 30, 10, 4};
  const auto pick = [this] { return kOften[UniformBelow(world_.chance, kOften.size())]; };
  cloud_fault_in_ = pick();
  store_fault_in_ = pick();
  crash_in_ = pick() * 2;
  failed_create_in_ = pick();
  auto& options = world_.cloud.options();
  options.provision_time = UpTo(minutes(2));
  options.deletion_time = UpTo(minutes(1));
  options.visibility_lag = OneIn(2) ? UpTo(seconds(10)) : Duration{};
  options.list_lag = OneIn(2) ? UpTo(seconds(12)) : Duration{};
  options.page_size = 1 + UniformBelow(world_.chance, 5);
  world_.store.watch_delay = [this] {
    return OneIn(20) ? UpTo(seconds(5)) : UpTo(milliseconds(50));
  };
  world_.store.latency = [this] { return OneIn(30) ? UpTo(seconds(3)) : UpTo(milliseconds(5)); };
  world_.cloud.latency = [this] { return OneIn(20) ? UpTo(seconds(8)) : UpTo(milliseconds(200)); };
}

void Weather::Blow(MonotonicTime until) {
  world_.cloud.fate = [this](const FakeCall& call) { return FateOf(call); };
  world_.store.fate = [this](const std::string& what, const WriteTarget&) {
    return VerdictOf(what);
  };
  world_.cloud.before_effect = [this](const FakeCall&) {};
  CrashAgain(until);
  BreakWatchAgain(until);
}

void Weather::Calm() {
  world_.Note("faults stop");
  world_.cloud.fate = nullptr;
  world_.store.fate = nullptr;
  failed_create_in_ = 0;
}

Fate Weather::MutationFate() {
  switch (UniformBelow(world_.chance, 8)) {
    case 0: {
      auto error = ErrorOf(ErrorClass::kThrottled, "Throttling", Reach::kAnswered);
      if (OneIn(2)) error.retry_after = milliseconds(UniformBelow(world_.chance, 5000));
      return {CallFate::kRefused, error};
    }
    case 1:
      return {CallFate::kRefused, ErrorOf(ErrorClass::kBusy, "Conflict", Reach::kAnswered)};
    case 2:
      return {CallFate::kRefused, ErrorOf(ErrorClass::kTransient, "NoRoute", Reach::kNotSent)};
    case 3:
      return {CallFate::kRefused, Lost()};
    case 4:
      return {CallFate::kLate, Lost(), UpTo(seconds(20))};
    case 5:
      if (OneIn(2)) {
        return {CallFate::kRefused, ErrorOf(ErrorClass::kAuth, "Denied", Reach::kAnswered)};
      }
      quota_seen_ = true;
      return {CallFate::kRefused, ErrorOf(ErrorClass::kQuota, "QuotaExceeded", Reach::kAnswered)};
    default:
      return {CallFate::kAnswerLost, Lost()};
  }
}

Fate Weather::FateOf(const FakeCall& call) {
  const bool reads = call.operation == "Observe" || call.operation == "List";
  if (!reads && OneIn(crash_in_)) {
    world_.CrashSoon(UpTo(minutes(2)));
    return {OneIn(2) ? CallFate::kNoAnswer : CallFate::kDoneNoAnswer, {}};
  }
  if (!OneIn(cloud_fault_in_)) {
    return {};
  }
  if (!reads) return MutationFate();
  switch (UniformBelow(world_.chance, 3)) {
    case 0:
      return {CallFate::kRefused, ErrorOf(ErrorClass::kThrottled, "Throttling", Reach::kAnswered)};
    case 1:
      return {CallFate::kRefused, ErrorOf(ErrorClass::kAuth, "Denied", Reach::kAnswered)};
    default:
      return {CallFate::kRefused, ErrorOf(ErrorClass::kTransient, "Internal", Reach::kAnswered)};
  }
}

WriteVerdict Weather::VerdictOf(const std::string&) {
  if (OneIn(crash_in_ * 4)) {
    world_.CrashSoon(UpTo(minutes(2)));
    return {OneIn(2) ? StoreFate::kNoAnswer : StoreFate::kDoneNoAnswer, {}};
  }
  if (!OneIn(store_fault_in_)) return {};
  const auto error = ErrorOf(ErrorClass::kStore, "Unavailable", Reach::kUnknown);
  switch (UniformBelow(world_.chance, 3)) {
    case 0:
      return {StoreFate::kRefused,
              ErrorOf(ErrorClass::kWriteConflict, "Conflict", Reach::kAnswered)};
    case 1:
      return {StoreFate::kRefused, error};
    default:
      return {StoreFate::kAnswerLost, error};
  }
}

void Weather::CrashAgain(MonotonicTime until) {
  const Duration gap = UpTo(minutes(40));
  if (crash_in_ == 0 || world_.Now() + gap >= until) return;
  world_.After(gap, [this, until] {
    world_.CrashSoon(UpTo(minutes(3)));
    if (OneIn(3)) world_.ledger.FailNext(ErrorOf(ErrorClass::kStore, "DiskFull", Reach::kAnswered));
    CrashAgain(until);
  });
}

void Weather::BreakWatchAgain(MonotonicTime until) {
  const Duration gap = UpTo(minutes(30));
  if (store_fault_in_ == 0 || world_.Now() + gap >= until) return;
  world_.After(gap, [this, until] {
    world_.Note("the watch breaks");
    world_.store.Relist(people_.keys());
    // An instance the cloud is still making may fail.
    for (auto* instance : world_.cloud.Live()) {
      if (world_.Now() >= instance->ready_at || !OneIn(failed_create_in_)) continue;
      instance->ends_as = Lifecycle::kCreateFailed;
      instance->cloud_message = "gave up";
      instance->expires_at = world_.Now() + hours(24);
      world_.Note("the cloud gives up " + instance->id);
    }
    BreakWatchAgain(until);
  });
}

}  // namespace instanced
