#include "controller/provider/parameter_rules.h"
#include "controller/reconcile/pass.h"
#include "controller/reconcile/retry_table.h"
#include "controller/reconcile/summarize.h"

namespace instanced {
namespace {

bool IsReady(const InstanceStatus& status) {
  const auto* ready = status.conditions.Find(ConditionType::kReady);
  return ready && ready->status == ConditionStatus::kTrue;
}

bool LeavesNoTrace(const Decision& decision) {
  const auto* retry = std::get_if<Retry>(&decision);
  if (!retry) return false;
  // A store that asks for a pause is not written to at once, to say so.
  const bool pause = retry->error.error_class == ErrorClass::kStore && retry->error.retry_after;
  return pause || retry->error.error_class == ErrorClass::kDeferred ||
         retry->error.error_class == ErrorClass::kWriteConflict ||
         retry->error.error_class == ErrorClass::kCancelled;
}

}  // namespace

Task<Result<void>> Pass::WriteStatusNow(InstanceStatus status) {
  const WriteTarget target{object_->meta.key, object_->meta.uid, object_->meta.resource_version};
  auto writing = r_.deps_.writer.WriteStatus(target, status);
  auto version = co_await writing;
  if (!version) {
    if (version.error().error_class != ErrorClass::kWriteConflict) {
      track_->unconfirmed_version = target.resource_version;
    }
    co_return std::unexpected(std::move(version.error()));
  }
  track_->unconfirmed_version.clear();
  track_->confirmed = true;
  auto changed = std::make_shared<InstanceObject>(*object_);
  changed->status = status;
  changed->intent_unreadable = false;
  changed->meta.resource_version = std::move(*version);
  object_ = std::move(changed);
  status_ = std::move(status);
  if (r_.deps_.cache.Refresh(object_)) r_.NoteClaims(*object_);
  co_return Result<void>();
}

Task<When> Pass::Conclude(Decision decision) {
  if (!parked_) r_.deps_.guards.PassOver(object_->meta.key);
  RecordDecision(decision);
  const bool ended =
      object_->meta.IsDeleting() &&
      (std::holds_alternative<Done>(decision) || std::holds_alternative<RemoveFinalizer>(decision));
  if (ended) {
    r_.tracks_.Forget(object_->meta.key);
    const When over{WhenChanged{}, Priority::kDrift};
    Report(over, failed_);
    co_return over;
  }
  const auto* wait = std::get_if<Wait>(&decision);
  track_->awaits_turn = parked_ && wait && wait->reason == Reason::kWaitingForBudget;
  // Waiting for a turn is no news for an object that was looked at before.
  const bool seen = object_->status.observed_generation == object_->meta.generation;
  const bool silent = (parked_ && seen) || LeavesNoTrace(decision);
  if (!silent) EndHolds(decision);
  if (!silent) Summarize(*object_, observed_, decision, WallNow(), status_);
  if (!IsReady(status_) && !track_->unready_since) track_->unready_since = begun_;
  if (status_ != object_->status) {
    const bool became_ready = IsReady(status_) && !IsReady(object_->status);
    auto writing = WriteStatusNow(status_);
    auto written = co_await writing;
    if (!written) {
      decision = Retry{written.error()};
      parked_ = false;
    } else if (became_ready && track_->unready_since) {
      r_.deps_.observer.BecameReady(object_->meta.key, Now() - *track_->unready_since);
      track_->unready_since.reset();
    }
    if (written && unspent_) {
      auto withdrawing = r_.deps_.guards.WithdrawChurn(connection_->domain, *unspent_);
      co_await withdrawing;
    }
    track_->quiet_polls = 0;
  }
  // Whoever parked the key queues it again; this is only the net below.
  When when{At{Now() + r_.options_.drift_poll_max}, priority_};
  if (!parked_) {
    when = RequeueFor(decision, *object_, r_.options_, Now(), r_.deps_.random, *track_);
  }
  const auto* at = std::get_if<At>(&when.at);
  track_->next_wake = at ? std::optional(at->when) : std::nullopt;

  // A call that failed is a failed pass, whatever is decided about it.
  const auto* retry = std::get_if<Retry>(&decision);
  Report(when, retry ? std::optional(retry->error.error_class) : failed_);
  co_return when;
}

void Pass::Report(const When& when, std::optional<ErrorClass> error) {
  PassReport report{object_->meta.key, PassResult::kSuccess, error, Now() - begun_};
  if (report.error_class) {
    report.result = PassResult::kError;
  } else if (std::holds_alternative<At>(when.at)) {
    report.result = PassResult::kRequeueAfter;
  } else if (std::holds_alternative<instanced::Now>(when.at)) {
    report.result = PassResult::kRequeue;
  }
  r_.deps_.observer.PassFinished(report);
}

// What no longer stands in the way is no longer shown as held.
void Pass::EndHolds(const Decision& decision) {
  const auto* hold = std::get_if<Hold>(&decision);
  const auto end = [&](BrakeCause cause, Reason reason) {
    if (!hold || hold->reason != reason) r_.deps_.guards.HoldOver(cause, object_->meta.key);
  };
  end(BrakeCause::kAccountMismatch, Reason::kAccountMismatch);
  end(BrakeCause::kForeignMark, Reason::kForeignOwner);
}

void Pass::RecordDecision(const Decision& decision) {
  if (std::holds_alternative<Observe>(decision) || std::holds_alternative<LookUp>(decision)) return;
  if (parked_ || LeavesNoTrace(decision)) return;
  auto text = Explain(decision);
  if (text == track_->decision) return;
  // The first look of this process at what is in line is no decision that changed.
  const bool first_look = track_->decision.empty() && std::holds_alternative<Done>(decision);
  track_->decision = text;
  if (first_look) return;
  HistoryEntry entry;
  entry.at = r_.deps_.clock.WallNow();
  entry.key = object_->meta.key;
  entry.uid = object_->meta.uid;
  entry.kind = HistoryKind::kDecision;
  entry.operation = NameOf(decision);
  entry.message = std::move(text);
  r_.deps_.ledger.Append(std::move(entry));
  r_.deps_.observer.DecisionChanged(*object_, decision);
}

void Pass::RecordCall(std::string_view operation, const Result<void>& result, MonotonicTime begun) {
  if (!result && result.error().error_class == ErrorClass::kDeferred) return;
  HistoryEntry entry;
  entry.at = r_.deps_.clock.WallNow();
  entry.key = object_->meta.key;
  entry.uid = object_->meta.uid;
  entry.kind = result ? HistoryKind::kCall : HistoryKind::kFailure;
  entry.operation = std::string(traits_.service) + ":" + std::string(operation);
  entry.duration_ms = std::chrono::duration_cast<std::chrono::milliseconds>(Now() - begun).count();
  if (result) {
    entry.result = "Success";
    if (trace_) entry.request_id = trace_->request_id;
  } else {
    failed_ = result.error().error_class;
    entry.result = ToString(result.error().error_class);
    entry.code = result.error().code;
    entry.request_id = result.error().request_id;
    entry.message = result.error().message;
  }
  r_.deps_.observer.CallRecorded(entry);
  r_.deps_.ledger.Append(std::move(entry));
}

std::string Pass::Credential() const {
  return CredentialOf(config_->meta.uid, CredentialScope(traits_, object_->spec.plugin));
}

void Pass::NoteFailure(const Error& error) {
  if (error.error_class != ErrorClass::kAuth || !config_) return;
  if (error.denial == Denial::kPermission) return;
  r_.breaker_.Refused(Credential(), error, Now());
}

void Pass::NoteSuccess() {
  if (config_ && r_.breaker_.Accepted(Credential())) r_.WakeUsersOf(config_->meta.key);
}

}  // namespace instanced
