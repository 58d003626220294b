#include <algorithm>
#include <functional>
#include <iterator>

#include <nlohmann/json.hpp>

#include "controller/provider/parameter_rules.h"
#include "controller/reconcile/as_described.h"
#include "controller/reconcile/pass.h"

namespace instanced {
namespace {

// After so many failed reads by id in a row, a complete list is asked instead, where one says as
// much: some APIs answer 500 for ever for an id they do not know.
constexpr int kReadsBeforeList = 3;

bool IsRead(const Error& error) { return error.error_class == ErrorClass::kNotFound; }

}  // namespace

Task<Pass::Read<Observed>> Pass::ObserveInstance() {
  const bool stubborn = track_->observe_failures >= kReadsBeforeList;
  const bool drift_poll = priority_ == Priority::kDrift && !status_.external_name.empty() &&
                          !object_->meta.IsDeleting() && track_->quiet_polls > 0 &&
                          !track_->look_anew_at;
  if (traits_.list_is_complete && (stubborn || drift_poll)) {
    auto listed = ObserveByList(ListAgeOfDriftPolls(r_.options_));
    if (!listed) co_return std::unexpected(std::move(listed.error()));
    if (*listed) co_return std::move(**listed);
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
  const auto digest = DigestOf(*read);
  co_return SeePresent(std::move(*read), digest);
}

// Retry carries the error of a read that was made; everything else ends the pass.
Task<Pass::Read<Observation>> Pass::ReadInstance(std::string external_name) {
  if (!Reserve(traits_.operations.observe)) co_return std::unexpected(Parked());
  const auto begun = Now();
  auto observing = connection_->provider->Observe(Context(), std::move(external_name));
  auto observation = co_await observing;
  const bool answered = observation || observation.error().error_class == ErrorClass::kNotFound;
  if (answered && track_->look_anew_at && *track_->look_anew_at < begun_) {
    track_->look_anew_at.reset();
  }
  if (observation) {
    NoteSuccess();
    co_return std::move(*observation);
  }
  const auto& error = observation.error();
  if (answered) {
    NoteSuccess();
  } else if (error.error_class != ErrorClass::kDeferred) {
    RecordCall("Observe", std::unexpected(error), begun);
    NoteFailure(error);
  }
  co_return std::unexpected(Retry{error});
}

// Nothing: the list kept a fingerprint alone, or is one user's and lacks it; it says too little.
Pass::Read<std::optional<Observed>> Pass::ObserveByList(Duration staleness) {
  // What was bound while a list was being read may be missing in it.
  auto list = FreshList(track_->bound_at.value_or(MonotonicTime()), staleness);
  if (!list) return std::unexpected(std::move(list.error()));
  auto shown = (*list)->Find(ExternalName());
  if (!shown && traits_.list_scope == ListScope::kUser) return std::nullopt;
  if (!shown) return SeeAbsent();
  if (shown->kept == Snapshot::Kept::kFingerprint && !HasAgreed(shown->digest)) return std::nullopt;
  auto& at_provider = shown->observation.at_provider;
  at_provider = AsDescribed(std::move(at_provider), status_.at_provider);
  return SeePresent(std::move(shown->observation), shown->digest);
}

// Whether this is what agreed with the object as it is now.
bool Pass::HasAgreed(std::uint64_t digest) const {
  const auto& version = object_->meta.resource_version;
  return !version.empty() && digest == track_->agreed_digest && version == track_->agreed_version;
}

bool Pass::SeesNamespaceOf(const ObservedMark& mark) const {
  const auto& scope = r_.options_.scope;
  if (scope.empty()) return true;
  const auto key = KeyInMark(mark, r_.options_.owner);
  return key && key->namespace_ == scope;
}

MarkMatch Pass::MatchOf(const Observation& observation) const {
  if (!observation.mark) return MarkMatch::kNone;
  auto match = Match(*observation.mark, OurMark(), r_.options_.owner);
  const bool alive = r_.claims_.HasUid(observation.mark->uid);
  if (match == MarkMatch::kOtherObject && !alive) {
    // A mark of an object of ours that no longer lives binds nobody. Of an object that we would not
    // see if it lived we do not know: another daemon may be its.
    if (SeesNamespaceOf(*observation.mark)) return MarkMatch::kNone;
    match = MarkMatch::kForeign;
  }
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

Observed Pass::SeePresent(Observation observation, std::uint64_t digest) {
  track_->ForgetObservations();
  track_->observed_at = Now();
  if (!status_.external_name.empty() && status_.bound_domain.empty()) {
    status_.bound_domain = VerifiedDomain();
  }
  Present present;
  if (HasAgreed(digest)) {
    track_->RememberComparison({});
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
    if (connection_->rules) present.diffs = connection_->rules->Refine(std::move(present.diffs));
  }
  auto refused =
      CarryCreateWarnings(traits_, parameters, status_.at_provider, observation.at_provider);
  std::ranges::move(refused, std::back_inserter(present.diffs));
  if (settled) {
    track_->RememberComparison(present.diffs);
  } else {
    track_->ForgetComparison();
  }
  if (present.diffs.empty()) {
    track_->updates_equal = 0;
    track_->update_digest = 0;
  }
  if (!observation.at_provider.is_null()) status_.at_provider = observation.at_provider.dump();
  if (settled && present.diffs.empty() && present.match == MarkMatch::kOurs &&
      status_ == object_->status) {
    track_->agreed_digest = digest;
    track_->agreed_version = object_->meta.resource_version;
  }
  present.observation = std::move(observation);
  return present;
}

Observed Pass::SeeAbsent() {
  const auto gap = r_.options_.consistency_window;
  track_->observe_failures = 0;
  track_->observed_at = Now();
  track_->ForgetComparison();
  if (track_->missing_reads == 0 || Now() - track_->missing_at >= gap) {
    ++track_->missing_reads;
    track_->missing_at = Now();
  }
  return Absent{track_->missing_reads, track_->missing_at + gap};
}

}  // namespace instanced
