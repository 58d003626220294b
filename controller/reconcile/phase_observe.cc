#include <algorithm>
#include <functional>
#include <iterator>

#include <nlohmann/json.hpp>

#include "controller/provider/parameter_rules.h"
#include "controller/reconcile/pass.h"

namespace instanced {
namespace {

// After so many failed reads by id in a row, a complete list is asked instead, where one says as
// much: some APIs answer 500 for ever for an id they do not know.
constexpr int kReadsBeforeList = 3;

// Of everything SeePresent looks at. Never 0, which stands for none.
std::uint64_t DigestOf(const Observation& observation) {
  std::size_t digest = static_cast<std::size_t>(observation.lifecycle) + 1;
  const auto mix = [&](std::size_t part) {
    digest ^= part + 0x9e3779b97f4a7c15 + (digest << 6) + (digest >> 2);
  };
  mix(std::hash<nlohmann::json>{}(observation.fields));
  mix(std::hash<nlohmann::json>{}(observation.at_provider));
  mix(observation.mark.has_value() ? 1 : 0);
  if (observation.mark) {
    mix(std::hash<std::string>{}(observation.mark->owner_value));
    mix(std::hash<std::string>{}(observation.mark->uid));
    mix(std::hash<std::string>{}(observation.mark->suffix));
  }
  return digest == 0 ? 1 : digest;
}

bool IsRead(const Error& error) { return error.error_class == ErrorClass::kNotFound; }

}  // namespace

Task<Pass::Read<Observed>> Pass::ObserveInstance() {
  const bool stubborn = track_->observe_failures >= kReadsBeforeList;
  const bool drift_poll = priority_ == Priority::kDrift && !status_.external_name.empty() &&
                          !object_->meta.IsDeleting() && track_->quiet_polls > 0;
  if (traits_.list_is_complete && (stubborn || drift_poll)) {
    auto listing = ObserveByList(ListAgeOfDriftPolls(r_.options_));
    co_return co_await listing;
  }
  auto reading = ReadInstance(ExternalName());
  auto read = co_await reading;
  if (!read) {
    const auto* retry = std::get_if<Retry>(&read.error());
    if (!retry) co_return std::unexpected(std::move(read.error()));
    if (IsRead(retry->error)) co_return SeeAbsent();
    ++track_->observe_failures;
    co_return ObserveFailed{retry->error};
  }
  co_return SeePresent(std::move(*read));
}

// Retry carries the error of a read that was made; everything else ends the pass.
Task<Pass::Read<Observation>> Pass::ReadInstance(std::string external_name) {
  if (!Reserve(traits_.operations.observe)) co_return std::unexpected(Parked());
  const auto begun = Now();
  auto observing = connection_->provider->Observe(Context(), std::move(external_name));
  auto observation = co_await observing;
  if (observation) {
    NoteSuccess();
    co_return std::move(*observation);
  }
  const auto& error = observation.error();
  if (error.error_class == ErrorClass::kNotFound) {
    NoteSuccess();
  } else if (error.error_class != ErrorClass::kDeferred) {
    RecordCall("Observe", std::unexpected(error), begun);
    NoteFailure(error);
  }
  co_return std::unexpected(Retry{error});
}

Task<Pass::Read<Observed>> Pass::ObserveByList(Duration staleness) {
  // What was bound while a list was being read may be missing in it.
  auto list = FreshList(track_->bound_at.value_or(MonotonicTime()), staleness);
  if (!list) co_return std::unexpected(std::move(list.error()));
  auto shown = (*list)->Find(ExternalName());
  if (shown) co_return SeePresent(std::move(*shown));
  co_return SeeAbsent();
}

MarkMatch Pass::MatchOf(const Observation& observation) const {
  if (!observation.mark) return MarkMatch::kNone;
  const auto match = Match(*observation.mark, OurMark(), r_.options_.owner);
  const bool alive = r_.claims_.HasUid(observation.mark->uid);
  // A mark of an object of ours that no longer lives binds nobody.
  if (match == MarkMatch::kOtherObject && !alive) return MarkMatch::kNone;
  if (match == MarkMatch::kOursOtherUid && alive) return MarkMatch::kOtherObject;
  if (match == MarkMatch::kForeign && MarkText(*observation.mark) == status_.accepted_mark) {
    return MarkMatch::kNone;
  }
  return match;
}

// Whether a person approved taking the instance from whoever marked it; asks for it otherwise.
bool Pass::TakesOver(const ObservedMark& mark) {
  if (object_->spec.management_policies.ObserveOnly()) return false;
  const auto held = r_.deps_.guards.HoldObject(BrakeCause::kForeignMark, *object_);
  if (!std::holds_alternative<BrakeOff>(held)) return false;
  status_.accepted_mark = MarkText(mark);
  return true;
}

Observed Pass::SeePresent(Observation observation) {
  track_->ForgetObservations();
  if (!status_.external_name.empty() && status_.bound_domain.empty()) {
    status_.bound_domain = VerifiedDomain();
  }
  Present present;
  const auto digest = DigestOf(observation);
  const auto& version = object_->meta.resource_version;
  if (!version.empty() && digest == track_->agreed_digest && version == track_->agreed_version) {
    present.match = MarkMatch::kOurs;
    present.observation = std::move(observation);
    track_->updates_equal = 0;
    track_->update_digest = 0;
    return present;
  }
  track_->agreed_digest = 0;
  present.match = MatchOf(observation);
  if (present.match == MarkMatch::kForeign && TakesOver(*observation.mark)) {
    present.match = MarkMatch::kNone;
  }
  if (present.match == MarkMatch::kOurs) status_.accepted_mark.clear();
  const auto parameters = Parameters();
  const bool may_mark = !object_->spec.management_policies.ObserveOnly();
  const auto desired = may_mark ? WithMark(traits_, parameters, OurMark()) : parameters;
  const bool settled = observation.lifecycle == Lifecycle::kReady ||
                       observation.lifecycle == Lifecycle::kSuspended ||
                       observation.lifecycle == Lifecycle::kUnknown;
  if (settled) {
    const auto observed =
        ObservedFields(traits_, observation.fields, observation.mark, status_.sent);
    present.diffs = Diff(traits_, desired, observed);
    const auto* rules = RulesOf(*connection_->provider);
    if (rules != nullptr) present.diffs = rules->Refine(std::move(present.diffs));
  }
  auto refused =
      CarryCreateWarnings(traits_, parameters, status_.at_provider, observation.at_provider);
  std::ranges::move(refused, std::back_inserter(present.diffs));
  if (present.diffs.empty()) {
    track_->updates_equal = 0;
    track_->update_digest = 0;
  }
  if (!observation.at_provider.is_null()) status_.at_provider = observation.at_provider.dump();
  if (settled && present.diffs.empty() && present.match == MarkMatch::kOurs &&
      status_ == object_->status) {
    track_->agreed_digest = digest;
    track_->agreed_version = version;
  }
  present.observation = std::move(observation);
  return present;
}

Observed Pass::SeeAbsent() {
  const auto gap = r_.options_.consistency_window;
  track_->observe_failures = 0;
  if (track_->missing_reads == 0 || Now() - track_->missing_at >= gap) {
    ++track_->missing_reads;
    track_->missing_at = Now();
  }
  return Absent{track_->missing_reads, track_->missing_at + gap};
}

}  // namespace instanced
