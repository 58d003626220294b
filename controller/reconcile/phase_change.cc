#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "api/object/digest.h"
#include "controller/reconcile/pass.h"
#include "controller/reconcile/retry_table.h"

namespace instanced {
namespace {

// InstanceStatus::sent after one step of an update: of the write-only fields, those it carried.
std::string SentByStep(const nlohmann::json& parameters, const UpdateStep& step,
                       const std::string& before) {
  auto sent = nlohmann::json::parse(before, nullptr, false);
  if (!sent.is_object()) sent = nlohmann::json::object();
  bool any = false;
  for (const auto& diff : step.diffs) {
    if (diff.mutability != Mutability::kWriteOnly || !parameters.contains(diff.field)) continue;
    sent[diff.field] = parameters[diff.field];
    any = true;
  }
  using nlohmann::json;
  return any ? sent.dump(-1, ' ', false, json::error_handler_t::replace) : before;
}

}  // namespace

Task<std::optional<Decision>> Pass::AddOurFinalizer() {
  auto finalizers = object_->meta.finalizers;
  finalizers.emplace_back(kFinalizerName);
  const WriteTarget target{object_->meta.key, object_->meta.uid, object_->meta.resource_version};
  auto writing = r_.deps_.writer.WriteFinalizers(target, finalizers);
  auto version = co_await writing;
  if (!version) co_return Retry{version.error()};
  auto changed = std::make_shared<InstanceObject>(*object_);
  changed->meta.finalizers = std::move(finalizers);
  changed->meta.resource_version = std::move(*version);
  object_ = std::move(changed);
  track_->confirmed = true;
  r_.deps_.cache.Refresh(object_);
  co_return std::nullopt;
}

Task<std::optional<Decision>> Pass::SetFinalizer(FinalizerExit exit, std::string why) {
  auto finalizers = object_->meta.finalizers;
  std::erase(finalizers, kFinalizerName);
  const WriteTarget target{object_->meta.key, object_->meta.uid, object_->meta.resource_version};
  auto writing = r_.deps_.writer.WriteFinalizers(target, finalizers);
  auto version = co_await writing;
  if (!version) co_return Retry{version.error()};
  HistoryEntry entry;
  entry.at = r_.deps_.clock.WallNow();
  entry.key = object_->meta.key;
  entry.uid = object_->meta.uid;
  entry.operation = "RemoveFinalizer";
  entry.result = exit == FinalizerExit::kDeleted ? "Deleted" : "LeftBehind";
  entry.message = std::move(why);
  r_.deps_.ledger.Append(std::move(entry));
  co_return std::nullopt;
}

Task<std::optional<Decision>> Pass::Bind(Adopt decision) {
  InstanceStatus changed = status_;
  changed.external_name = decision.external_name;
  changed.claimed_at = WallNow();
  changed.bound_domain = VerifiedDomain();
  changed.intent.reset();
  track_->ForgetLookups();
  track_->ForgetObservations();
  track_->doubt_since.reset();
  track_->cooldown.reset();
  auto letting_go = LetGo(std::move(changed));
  co_return co_await letting_go;
}

// Records a changed binding at once; the pass then goes on with nothing observed.
Task<std::optional<Decision>> Pass::LetGo(InstanceStatus changed) {
  auto writing = WriteStatusNow(std::move(changed));
  if (auto written = co_await writing; !written) co_return Retry{written.error()};
  track_->ForgetObservations();
  track_->ForgetLookups();
  observed_ = NotObserved{};
  co_return std::nullopt;
}

Task<Decision> Pass::ApplyUpdate(Update decision) {
  auto confirming = ConfirmRecord();
  if (auto refused = co_await confirming) co_return *refused;
  const auto text = Explain(Decision(decision));
  const auto digest = Fingerprint(text);
  const auto* present = std::get_if<Present>(&observed_);
  for (auto& step : decision.steps) {
    const std::array<std::string_view, 1> operations{step.operation};
    if (!Reserve(operations)) co_return Parked();
    if (auto ends = LeaseEnds(Reason::kProgressing)) co_return *ends;
    if (auto overtaken = Overtaken()) co_return *overtaken;
    const auto begun = Now();
    UpdateInput input{ExternalName(), step, Parameters(), present->observation.fields, OurMark()};
    auto updating = connection_->provider->Update(Context(), std::move(input));
    auto updated = co_await updating;
    RecordCall(step.operation, updated, begun);
    if (!updated) {
      NoteFailure(updated.error());
      const auto pause = PauseAfter(updated.error(), r_.options_, r_.deps_.random, *track_);
      track_->cooldown = Cooldown{updated.error(), Now() + pause};
      co_return CooldownDecision(*track_->cooldown);
    }
    NoteSuccess();
    // Should a later step be refused, this one is not sent again.
    status_.sent = SentByStep(Parameters(), step, status_.sent);
  }
  track_->failures = 0;
  // Only what was written counts: who was refused has not been changed back.
  track_->updates_equal = track_->update_digest == digest ? track_->updates_equal + 1 : 1;
  track_->update_digest = digest;
  status_.sent = SentFields(traits_, Parameters(), SentBy::kUpdate, status_.sent);
  // The cloud may show the old values for a while: each equal round looks a little later.
  const auto pause = r_.options_.transition_poll_first * track_->updates_equal;
  co_return Wait{Reason::kUpdating, text, Now() + pause};
}

std::optional<Decision> Pass::Overtaken() const {
  const auto& meta = object_->meta;
  const auto cached = r_.deps_.cache.FindInstance(meta.key);
  if (!cached || cached->meta.uid != meta.uid ||
      !IsOlder(meta.resource_version, cached->meta.resource_version)) {
    return std::nullopt;
  }
  return Retry{
      Fail(ErrorClass::kWriteConflict, "Changed", "the object changed before the call was sent")
          .error()};
}

Task<Decision> Pass::DeleteInstance(Delete decision) {
  const std::array<std::string_view, 1> operations{traits_.operations.remove};
  if (!Reserve(operations)) co_return Parked();
  if (traits_.churn_limited) {
    auto spending = r_.deps_.guards.RecordChurn(connection_->domain, ChurnIdentity());
    if (auto spent = co_await spending; !spent) co_return Retry{spent.error()};
  }
  const bool replacing = decision.cause != DeleteCause::kObjectDeleted;
  const bool first = !object_->status.intent;
  if (replacing && first) {
    auto recording = RecordReplacement();
    if (auto refused = co_await recording) co_return *refused;
  }
  auto confirming = ConfirmRecord();
  if (auto refused = co_await confirming) co_return *refused;
  const Reason shown = replacing ? Reason::kReplacing : Reason::kDeleting;
  if (auto ends = LeaseEnds(shown)) co_return *ends;
  if (auto overtaken = Overtaken()) co_return *overtaken;
  track_->replacement = Replacement::kMayHaveBegun;
  const auto begun = Now();
  const auto token = UuidV5(object_->meta.uid, "delete/" + ExternalName());
  auto deleting = connection_->provider->Delete(Context(), ExternalName(), token);
  auto deleted = co_await deleting;
  if (traits_.churn_limited) {
    r_.deps_.guards.ChurnAnswered(connection_->domain, ChurnPurpose::kDelete, deleted);
  }
  const bool gone = !deleted && deleted.error().error_class == ErrorClass::kNotFound;
  RecordCall(traits_.operations.remove, gone ? Result<void>() : deleted, begun);
  if (deleted || gone) co_return DeleteAccepted(shown);
  // A refusal of a later try says nothing about the first.
  if (replacing && first && ProvesNoEffect(deleted.error())) {
    track_->replacement = Replacement::kNotBegun;
    status_.intent.reset();
  }
  co_return DeleteFailed(std::move(deleted.error()));
}

Task<std::optional<Decision>> Pass::RecordReplacement() {
  InstanceStatus changed = status_;
  changed.intent.emplace();
  changed.intent->operation = kReplaceOperation;
  changed.intent->holder = r_.deps_.fence.holder();
  changed.intent->epoch = CurrentTenure().epoch;
  changed.intent->not_before = WallNow();
  track_->replacement = Replacement::kNotBegun;
  auto writing = WriteStatusNow(std::move(changed));
  if (auto written = co_await writing; !written) co_return Retry{written.error()};
  co_return std::nullopt;
}

Decision Pass::DeleteFailed(Error error) {
  NoteFailure(error);
  const auto pause = PauseAfter(error, r_.options_, r_.deps_.random, *track_);
  track_->cooldown = Cooldown{std::move(error), Now() + pause};
  return CooldownDecision(*track_->cooldown);
}

Decision Pass::DeleteAccepted(Reason shown) {
  NoteSuccess();
  const auto* present = std::get_if<Present>(&observed_);
  const bool gave_up = present && present->observation.lifecycle == Lifecycle::kDeleteFailed;
  if (!gave_up) track_->failures = 0;
  track_->transition_polls = 0;
  track_->ForgetObservations();
  // Asked once; asked again only when the cloud still shows it after a while, and where it gave up
  // more rarely each time.
  Error asked = Fail(ErrorClass::kBusy, "Deleting", "the deletion was asked for").error();
  Duration again = r_.options_.consistency_window;
  if (gave_up) {
    again = std::max(again, PauseAfter(asked, r_.options_, r_.deps_.random, *track_));
  }
  track_->cooldown = Cooldown{std::move(asked), Now() + again};
  return Wait{shown, "the cloud is deleting it", Now() + r_.options_.transition_poll_first};
}

}  // namespace instanced
