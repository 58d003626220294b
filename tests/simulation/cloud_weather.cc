#include <array>

#include "tests/simulation/weather.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

Error Lost() { return ErrorOf(ErrorClass::kInDoubt, "ConnectionLost", Reach::kUnknown); }

}  // namespace

Fate Weather::MutationFate() {
  switch (UniformBelow(world_.chance, 8)) {
    case 0: {
      auto error = ErrorOf(ErrorClass::kThrottled, "Throttling", Reach::kAnswered);
      if (OneIn(2)) error.retry_after = milliseconds(UniformBelow(world_.chance, 5000));
      if (OneIn(4)) error.retry_after = milliseconds(UniformBelow(world_.chance, 60000));
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
      // Believed for a day, which is long for leases that are renewed every few seconds.
      if (world_.setup.contention == Contention::kLeases) {
        return {CallFate::kRefused, ErrorOf(ErrorClass::kBusy, "Conflict", Reach::kAnswered)};
      }
      quota_seen_ = true;
      return {CallFate::kRefused, ErrorOf(ErrorClass::kQuota, "QuotaExceeded", Reach::kAnswered)};
    default:
      return {CallFate::kAnswerLost, Lost()};
  }
}

// What is wrong with the request, the account or the endpoint, whatever was asked.
Fate Weather::OddFate() {
  static constexpr std::array kClasses{ErrorClass::kValidation, ErrorClass::kNotOffered,
                                       ErrorClass::kTerminal};
  return {CallFate::kRefused, ErrorOf(kClasses[Later(kClasses.size())], "Odd", Reach::kAnswered)};
}

Fate Weather::FateOf(const FakeCall& call) {
  const Fate fate = DrawnFate(call);
  const std::string error_class(ToString(fate.error.error_class));
  switch (fate.fate) {
    case CallFate::kNormal:
      break;
    case CallFate::kRefused:
      world_.Fault("cloud answers " + error_class);
      break;
    case CallFate::kAnswerLost:
      world_.Fault("cloud's answer lost");
      break;
    case CallFate::kLate:
      world_.Fault("cloud acts late");
      break;
    default:
      world_.Fault("crash at a call");
  }
  return fate;
}

Fate Weather::DrawnFate(const FakeCall& call) {
  const bool reads = call.operation == "Observe" || call.operation == "List";
  const std::string what = call.operation + " for " + ToString(call.key);
  if (auto outage = OutageFate(call.key.kind, reads)) return *outage;
  if (!reads && OneIn(crash_in_)) {
    const Duration down = DownFor(UpTo(minutes(2)));
    const auto how = UniformBelow(world_.chance, 3);
    const Duration late = UpTo(seconds(25));
    if (!world_.script.Plays("crash at the cloud", what)) return {};
    world_.CrashSoon(call.caller, down);
    if (how == 0) return {CallFate::kLateNoAnswer, {}, late};
    return {how == 1 ? CallFate::kNoAnswer : CallFate::kDoneNoAnswer, {}};
  }
  if (odd_answer_in_ > 0 && Later(odd_answer_in_) == 0) {
    const Fate odd = OddFate();
    return world_.script.Plays("odd answer", what) ? odd : Fate{};
  }
  if (!OneIn(cloud_fault_in_)) return {};
  const Fate fate = reads ? ReadFate() : MutationFate();
  const std::string text = what + ": " + std::string(ToString(fate.error.error_class));
  return world_.script.Plays("cloud fault", text) ? fate : Fate{};
}

Fate Weather::ReadFate() {
  switch (UniformBelow(world_.chance, 3)) {
    case 0: {
      auto error = ErrorOf(ErrorClass::kThrottled, "Throttling", Reach::kAnswered);
      if (OneIn(2)) error.retry_after = milliseconds(UniformBelow(world_.chance, 5000));
      if (Later(2) == 0) error.retry_after = milliseconds(20'000 + Later(60'000));
      return {CallFate::kRefused, error};
    }
    case 1:
      return {CallFate::kRefused, ErrorOf(ErrorClass::kAuth, "Denied", Reach::kAnswered)};
    default:
      return {CallFate::kRefused, ErrorOf(ErrorClass::kTransient, "Internal", Reach::kAnswered)};
  }
}

void Weather::OutageAgain(MonotonicTime until) {
  if (outages_per_day_ == 0) return;
  const Duration gap = LaterUpTo(Duration(hours(48)) / static_cast<std::int64_t>(outages_per_day_));
  if (world_.Now() + gap >= until) return;
  world_.After(gap, [this, until] {
    const auto kinds = InstanceKinds();
    const Kind kind = kinds[Later(kinds.size())];
    const auto end = std::min(world_.Now() + LaterUpTo(minutes(12)), until);
    static constexpr std::array kClasses{ErrorClass::kTransient, ErrorClass::kThrottled,
                                         ErrorClass::kAuth};
    const auto error_class = kClasses[Later(kClasses.size())];
    if (world_.script.Plays("outage", "of " + std::string(ToString(kind)))) {
      world_.Fault("outage");
      world_.Note("outage of " + std::string(ToString(kind)) + ": " +
                  std::string(ToString(error_class)));
      outages_[kind] = {end, ErrorOf(error_class, "Outage", Reach::kAnswered)};
    }
    OutageAgain(until);
  });
}

void Weather::HangAgain(MonotonicTime until) {
  if (hangs_per_day_ == 0) return;
  auto& chance = world_.hang_chance;
  const Duration gap =
      UniformBelow(chance, Duration(hours(48)) / static_cast<std::int64_t>(hangs_per_day_));
  if (world_.Now() + gap >= until) return;
  world_.After(gap, [this, until, &chance] {
    const Duration span = UniformBelow(chance, Duration(hours(3)));
    const auto live = world_.cloud.Live();
    const auto place = UniformBelow(chance, std::uint64_t{1} << 32);
    if (!live.empty()) Hang(*live[place % live.size()], span);
    HangAgain(until);
  });
}

void Weather::Hang(FakeInstance& instance, Duration span) {
  const bool coming = world_.Now() < instance.ready_at;
  if (!world_.script.Plays("hang", instance.id)) return;
  world_.Fault(coming ? "not ready for hours" : "deletion given up");
  world_.Note((coming ? "does not get ready: " : "will not go: ") + instance.id);
  if (coming) {
    instance.ready_at += span;
    return;
  }
  instance.keeps = true;
  world_.After(span, [this, id = instance.id] {
    if (auto* again = world_.cloud.Find(id)) again->keeps = false;
  });
}

std::optional<Fate> Weather::OutageFate(Kind kind, bool reads) {
  const auto outage = outages_.find(kind);
  if (outage == outages_.end() || world_.Now() >= outage->second.first) return std::nullopt;
  Error error = outage->second.second;
  if (error.error_class == ErrorClass::kThrottled && Later(2) == 0) {
    error.retry_after = milliseconds(15'000 + Later(90'000));
  }
  if (!reads && error.error_class == ErrorClass::kTransient) {
    return Fate{Later(2) == 0 ? CallFate::kAnswerLost : CallFate::kRefused, Lost()};
  }
  return Fate{CallFate::kRefused, error};
}

}  // namespace instanced
