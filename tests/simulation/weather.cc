#include "tests/simulation/weather.h"

#include <array>

#include "tests/simulation/sim_replica.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

}  // namespace

Error ErrorOf(ErrorClass error_class, std::string code, Reach reach) {
  Error error;
  error.error_class = error_class;
  error.code = std::move(code);
  error.message = "so it was";
  error.operation = "simulated:Call";
  error.reach = reach;
  return error;
}

Weather::Weather(SimWorld& world, const People& people) : world_(world), people_(people) {
  static constexpr std::array<std::uint64_t, 5> kOften{0, 100, 30, 10, 4};
  const auto pick = [this] { return kOften[UniformBelow(world_.chance, kOften.size())]; };
  cloud_fault_in_ = pick();
  store_fault_in_ = pick();
  crash_in_ = pick() * 2;
  failed_create_in_ = pick();
  lease_fault_in_ = pick();
  static constexpr std::array<std::uint64_t, 4> kOutages{0, 12, 48, 96};
  outages_per_day_ = kOutages[Later(kOutages.size())];
  api_fault_in_ = kOften[Later(kOften.size())];
  static constexpr std::array<std::uint64_t, 4> kHangs{0, 24, 96, 480};
  hangs_per_day_ = kHangs[UniformBelow(world_.hang_chance, kHangs.size())];
  sts_fault_in_ = kOften[UniformBelow(world_.account_chance, kOften.size())];
  pause_in_ = world_.setup.contention == Contention::kLeases ? UniformBelow(world_.chance, 3) : 0;
  SetClimate();
  if (IsWhole()) Widen();
  auto& options = world_.cloud.options();
  options.provision_time = UpTo(minutes(2));
  options.deletion_time = UpTo(minutes(1));
  options.visibility_lag = OneIn(2) ? UpTo(seconds(10)) : Duration{};
  options.list_lag = OneIn(2) ? UpTo(seconds(12)) : Duration{};
  options.page_size = 1 + UniformBelow(world_.chance, 5);
  world_.store.watch_delay = [this] {
    return OneIn(20) ? UpTo(seconds(5)) : UpTo(milliseconds(50));
  };
  world_.api.watch_delay = [this] {
    return Later(20) == 0 ? LaterUpTo(seconds(5)) : LaterUpTo(milliseconds(50));
  };
  world_.api.latency = [this] {
    return Later(30) == 0 ? LaterUpTo(seconds(3)) : LaterUpTo(milliseconds(5));
  };
  world_.sts.latency = [this] {
    auto& chance = world_.account_chance;
    return UniformBelow(chance, Duration(UniformBelow(chance, 20) == 0 ? seconds(8) : seconds(1)));
  };
  world_.store.latency = [this] { return OneIn(30) ? UpTo(seconds(3)) : UpTo(milliseconds(5)); };
  world_.cloud.latency = [this] { return OneIn(20) ? UpTo(seconds(8)) : UpTo(milliseconds(200)); };
}

void Weather::Widen() {
  static constexpr std::array<std::uint64_t, 4> kOdd{0, 400, 120, 40};
  odd_answer_in_ = kOdd[Later(kOdd.size())];
  const bool alone = world_.setup.contention == Contention::kSole;
  if (alone) pause_in_ = Later(3);
  const auto limit = world_.setup.churn.limit;
  if (alone && limit < ChurnOptions{}.limit) {
    world_.cloud.options().churn_limit = static_cast<std::size_t>(limit);
  }
}

void Weather::SetClimate() {
  const auto climate = world_.setup.climate;
  if (climate == Climate::kAbsence) crash_in_ = 4;
  if (climate == Climate::kRelay) cloud_fault_in_ = 4;
  if (climate == Climate::kCrowd || climate == Climate::kQuota) pause_in_ = 1;
}

void Weather::MissAgain(MonotonicTime until) {
  static constexpr Duration kMissed = seconds(100);
  const bool relay = world_.setup.climate == Climate::kRelay;
  const Duration gap = kMissed + UpTo(relay ? minutes(1) : minutes(8));
  if (world_.Now() + gap >= until) return;
  world_.After(gap, [this, until, relay] {
    for (auto* replica : world_.Replicas()) replica->api.SilenceWatches(kMissed + seconds(10));
    if (!relay && world_.script.Plays("missed", "by all")) {
      world_.After(kMissed, [this] {
        world_.history.Compact();
        for (auto* replica : world_.Replicas()) replica->api.CutWatches();
      });
    }
    MissAgain(until);
  });
}

void Weather::Blow(MonotonicTime until) {
  until_ = until;
  world_.cloud.fate = [this](const FakeCall& call) { return FateOf(call); };
  world_.store.fate = [this](int replica, const std::string& what, const WriteTarget& target) {
    return VerdictOf(replica, what, target);
  };
  world_.api.fate = [this](int replica, const std::string& what) {
    return ApiFateOf(replica, what);
  };
  world_.sts.fate = [this](int replica) { return StsFateOf(replica); };
  if (world_.folder) world_.folder->fate = [this] { return JournalFateOf(); };
  world_.api.bookmark_lost = [this] { return api_fault_in_ > 0 && Later(3) == 0; };
  world_.events.blows = true;
  if (IsWhole()) {
    const auto every = Later(2) == 0 ? 0 : 4 + Later(20);
    world_.cloud.answer_age = [this, every] {
      return every > 0 && Later(every) == 0 ? LaterUpTo(seconds(20)) : Duration{};
    };
    world_.api.list_age = [this] {
      if (api_fault_in_ == 0 || Later(3) != 0) return Duration{};
      world_.Fault("API server's list is old");
      return LaterUpTo(minutes(2));
    };
  }
  OutageAgain(until);
  HangAgain(until);
  world_.lease_fate = [this](const std::string& what) { return LeaseFateOf(what); };
  world_.lease_latency = [this] { return OneIn(40) ? UpTo(seconds(4)) : UpTo(milliseconds(20)); };
  PauseAgain(until);
  CrashAgain(until);
  BreakWatchAgain(until);
  const auto climate = world_.setup.climate;
  if (climate == Climate::kSilence || climate == Climate::kRelay) MissAgain(until);
}

void Weather::Calm() {
  world_.Note("faults stop");
  world_.cloud.fate = nullptr;
  world_.store.fate = nullptr;
  world_.lease_fate = nullptr;
  world_.api.fate = nullptr;
  world_.sts.fate = nullptr;
  if (world_.folder) world_.folder->fate = nullptr;
  world_.events.blows = false;
  world_.api.bookmark_lost = nullptr;
  world_.api.list_age = nullptr;
  world_.cloud.answer_age = nullptr;
  outages_.clear();
  failed_create_in_ = 0;
  for (auto* instance : world_.cloud.Live()) {
    instance->ready_at = std::min(instance->ready_at, world_.Now() + minutes(2));
    instance->keeps = false;
  }
}

WriteVerdict Weather::VerdictOf(int replica, const std::string& what, const WriteTarget& target) {
  const std::string text = what + " of " + ToString(target.key);
  if (OneIn(crash_in_ * 4)) {
    const Duration down = UpTo(minutes(2));
    const bool done = OneIn(2);
    if (!world_.script.Plays("crash at the store", text)) return {};
    world_.Fault("crash at a write");
    world_.CrashSoon(replica, down);
    return {done ? StoreFate::kDoneNoAnswer : StoreFate::kNoAnswer, {}};
  }
  if (!OneIn(store_fault_in_)) return {};
  const auto error = ErrorOf(ErrorClass::kStore, "Unavailable", Reach::kUnknown);
  const auto how = UniformBelow(world_.chance, 3);
  if (!world_.script.Plays("store fault", text + " " + std::to_string(how))) return {};
  static constexpr std::array kNames{"conflict of a write", "write refused", "write's answer lost"};
  world_.Fault(kNames[how]);
  switch (how) {
    case 0:
      return {StoreFate::kRefused,
              ErrorOf(ErrorClass::kWriteConflict, "Conflict", Reach::kAnswered)};
    case 1:
      return {StoreFate::kRefused, error};
    default:
      return {StoreFate::kAnswerLost, error};
  }
}

JournalVerdict Weather::JournalFateOf() {
  if (OneIn(crash_in_ * 4)) {
    const Duration down = DownFor(UpTo(minutes(2)));
    static constexpr std::array kKills{JournalFate::kKilledBefore, JournalFate::kKilledInside,
                                       JournalFate::kKilledAfter};
    const auto how = kKills[UniformBelow(world_.chance, kKills.size())];
    if (!world_.script.Plays("crash at the journal", std::to_string(static_cast<int>(how)))) {
      return {};
    }
    world_.Fault("crash at a transaction");
    return {how, down};
  }
  if (!OneIn(store_fault_in_)) return {};
  const auto how = OneIn(2) ? JournalFate::kRefused : JournalFate::kSyncFails;
  if (!world_.script.Plays("disk fault", std::to_string(static_cast<int>(how)))) return {};
  world_.ledger_failed = true;
  world_.Fault(how == JournalFate::kRefused ? "disk full" : "disk does not sync");
  return {how, {}};
}

LeaseCallFate Weather::LeaseFateOf(const std::string& what) {
  const auto now = world_.Now();
  if (now < leases_away_until_) {
    world_.Fault("lease call refused");
    return LeaseCallFate::kRefused;
  }
  if (!OneIn(lease_fault_in_ * 20)) return LeaseCallFate::kNormal;
  const auto how = UniformBelow(world_.chance, 6);
  const Duration away = UpTo(seconds(60));
  if (!world_.script.Plays("lease fault", what + " " + std::to_string(how))) {
    return LeaseCallFate::kNormal;
  }
  if (how == 0) leases_away_until_ = now + away;
  world_.Fault(how < 3 ? "lease call refused" : "lease call's answer lost");
  return how < 3 ? LeaseCallFate::kRefused : LeaseCallFate::kAnswerLost;
}

ApiFate Weather::ApiFateOf(int replica, const std::string& what) {
  if (api_fault_in_ == 0 || Later(api_fault_in_) != 0) return ApiFate::kNormal;
  static constexpr std::array kFates{ApiFate::kUnreachable, ApiFate::kCut, ApiFate::kInternal,
                                     ApiFate::kThrottled, ApiFate::kExpired};
  const auto fate = Later(kFates.size());
  const std::string text =
      what + " of replica " + std::to_string(replica) + " " + std::to_string(fate);
  if (!world_.script.Plays("api fault", text)) return ApiFate::kNormal;
  world_.Fault("API server refuses or is away");
  return kFates[fate];
}

StsFate Weather::StsFateOf(int replica) {
  auto& chance = world_.account_chance;
  if (sts_fault_in_ == 0 || UniformBelow(chance, sts_fault_in_) != 0) return StsFate::kNormal;
  static constexpr std::array kFates{StsFate::kUnreachable, StsFate::kCut, StsFate::kInternal,
                                     StsFate::kThrottled};
  const auto fate = UniformBelow(chance, kFates.size());
  const std::string text = "of replica " + std::to_string(replica) + " " + std::to_string(fate);
  if (!world_.script.Plays("identity fault", text)) return StsFate::kNormal;
  world_.Fault("token service fails");
  return kFates[fate];
}

void Weather::BreakApi(SimReplica& replica) {
  const Duration silence = LaterUpTo(minutes(4));
  const auto how = Later(6);
  static constexpr std::array kNames{"watch cut", "watch ended", "watch says 410",
                                     "history compacted"};
  if (world_.setup.hearing == Hearing::kKubernetes) {
    world_.Fault(how < kNames.size() ? kNames[how] : "watch silent");
  }
  switch (how) {
    case 0:
      return replica.api.CutWatches();
    case 1:
      return replica.api.EndWatches();
    case 2:
      return replica.api.ExpireWatches();
    case 3:
      world_.history.Compact();
      return replica.api.CutWatches();
    default:
      return replica.api.SilenceWatches(silence);
  }
}

Duration Weather::DownFor(Duration usual) {
  const bool away = world_.setup.climate == Climate::kAbsence;
  if (!away && Later(5) != 0) return usual;
  const Duration longer = minutes(65) + LaterUpTo(hours(2));
  return world_.Now() + longer < until_ ? longer : usual;
}

int Weather::SomeReplica() {
  const auto count = static_cast<std::uint64_t>(world_.setup.replicas);
  return 1 + static_cast<int>(UniformBelow(world_.chance, count));
}

// A process that is stopped: shortly, or long enough to lose its lease, and to come back after
// others have acted.
void Weather::PauseAgain(MonotonicTime until) {
  if (pause_in_ == 0) return;
  const Duration gap = UpTo(pause_in_ == 1 ? minutes(5) : minutes(40));
  if (world_.Now() + gap >= until) return;
  world_.After(gap, [this, until] {
    const int replica = SomeReplica();
    const Duration span = OneIn(2) ? UpTo(seconds(60)) : UpTo(minutes(6));
    if (world_.script.Plays("pause", "of replica " + std::to_string(replica))) {
      world_.Fault("process stopped");
      world_.Pause(replica, span);
    }
    PauseAgain(until);
  });
}

void Weather::CrashAgain(MonotonicTime until) {
  const auto climate = world_.setup.climate;
  const bool crowd = climate == Climate::kCrowd || climate == Climate::kRelay;
  const Duration gap = UpTo(crowd ? minutes(3) : minutes(40));
  if (crowd && crash_in_ == 0) crash_in_ = 200;
  if (crash_in_ == 0 || world_.Now() + gap >= until) return;
  world_.After(gap, [this, until] {
    const int replica = SomeReplica();
    const Duration down = UpTo(minutes(3));
    const bool full = OneIn(3);
    if (world_.script.Plays("crash", "of replica " + std::to_string(replica))) {
      world_.Fault(full ? "crash, and a full disk" : "crash");
      world_.CrashSoon(replica, down);
      const auto error = ErrorOf(ErrorClass::kStore, "DiskFull", Reach::kAnswered);
      if (full) world_.ledger.FailNext(error);
      if (full && world_.folder) world_.folder->FillDiskOnce();
      world_.ledger_failed = world_.ledger_failed || full;
    }
    CrashAgain(until);
  });
}

void Weather::BreakWatchAgain(MonotonicTime until) {
  const Duration gap = UpTo(minutes(30));
  if (store_fault_in_ == 0 || world_.Now() + gap >= until) return;
  world_.After(gap, [this, until] {
    const int number = SomeReplica();
    if (world_.script.Plays("watch breaks", "of replica " + std::to_string(number))) {
      if (world_.setup.hearing == Hearing::kStore) world_.Fault("watch begins anew");
      world_.Note("the watch of replica " + std::to_string(number) + " breaks");
      for (auto* replica : world_.Replicas()) {
        if (replica->number != number) continue;
        replica->store.Relist(people_.keys());
        BreakApi(*replica);
      }
    }
    // An instance the cloud is still making may fail.
    for (auto* instance : world_.cloud.Live()) {
      if (world_.Now() >= instance->ready_at || !OneIn(failed_create_in_)) continue;
      if (!world_.script.Plays("cloud gives up", instance->id)) continue;
      instance->ends_as = Lifecycle::kCreateFailed;
      instance->cloud_message = "gave up";
      world_.Fault("creation fails at the cloud");
      const bool expires = !IsWhole() || instance->kind == Kind::kConnectInstance;
      if (expires) instance->expires_at = world_.Now() + hours(24);
      expires_later_ = expires_later_ || (IsWhole() && expires);
      world_.Note("the cloud gives up " + instance->id);
    }
    BreakWatchAgain(until);
  });
}

}  // namespace instanced
