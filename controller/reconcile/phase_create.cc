#include <array>

#include <nlohmann/json.hpp>

#include "controller/reconcile/pass.h"
#include "controller/reconcile/retry_table.h"
#include "controller/reconcile/summarize.h"

namespace instanced {
namespace {

// A refusal of a repeated request that says nothing about the first: the window stays open.
bool MayReplayAgain(const Error& error) {
  return error.reach == Reach::kNotSent || error.error_class == ErrorClass::kThrottled ||
         error.error_class == ErrorClass::kDeferred || error.error_class == ErrorClass::kInDoubt ||
         error.error_class == ErrorClass::kTransient || error.error_class == ErrorClass::kAuth ||
         error.error_class == ErrorClass::kCancelled;
}

}  // namespace

Task<Decision> Pass::CreateInstance(Create decision) {
  const std::array<std::string_view, 1> operations{traits_.operations.create};
  if (!Reserve(operations)) co_return Parked();
  std::string request;
  if (decision.attempt_kind == CreateTry::kFresh) {
    auto recording = RecordIntent(decision);
    auto recorded = co_await recording;
    if (!recorded) co_return std::move(recorded.error());
    request = std::move(*recorded);
  } else {
    auto taking_over = TakeOverIntent();
    if (auto ended = co_await taking_over) co_return *ended;
    request = object_->status.intent->request;
  }
  if (auto ends = LeaseEnds(Reason::kInDoubt)) co_return *ends;
  const auto begun = Now();
  auto creating = connection_->provider->Create(Context(), std::move(request));
  auto created = co_await creating;
  if (!created) {
    const Result<void> refused = std::unexpected(created.error());
    RecordCall(traits_.operations.create, refused, begun);
    if (traits_.churn_limited) {
      r_.deps_.guards.ChurnAnswered(connection_->domain, ChurnPurpose::kCreate, refused);
    }
    co_return CreateFailed(decision, std::move(created.error()));
  }
  RecordCall(traits_.operations.create, {}, begun);
  if (traits_.churn_limited) {
    r_.deps_.guards.ChurnAnswered(connection_->domain, ChurnPurpose::kCreate, {});
  }
  NoteSuccess();
  if (decision.attempt_kind == CreateTry::kFresh) {
    status_.sent = SentFields(traits_, Parameters(), SentBy::kCreate, {});
  }
  status_.external_name = created->external_name;
  status_.claimed_at = WallNow();
  status_.bound_domain = VerifiedDomain();
  status_.intent.reset();
  if (created->at_provider.is_object()) status_.at_provider = created->at_provider.dump();
  track_->bound_at = Now();
  track_->transition_polls = 0;
  track_->doubt_since.reset();
  track_->cooldown.reset();
  track_->failures = 0;
  track_->ForgetLookups();
  track_->ForgetObservations();
  co_return Wait{Reason::kCreating, "the cloud is creating it", {}};
}

// Everything that must be durable before the call: the churn it spends, then the intent itself.
Task<std::expected<std::string, Decision>> Pass::RecordIntent(Create decision) {
  Intent intent;
  intent.attempt = decision.attempt;
  intent.token = IdempotencyToken(object_->meta.uid, decision.attempt);
  auto encoded =
      connection_->provider->EncodeCreate(CreateInput{Parameters(), OurMark(), intent.token});
  if (!encoded) {
    const auto pause = PauseAfter(encoded.error(), r_.options_, r_.deps_.random, *track_);
    track_->cooldown = Cooldown{encoded.error(), Now() + pause};
    co_return std::unexpected(CooldownDecision(*track_->cooldown));
  }
  if (traits_.churn_limited) {
    auto spending = r_.deps_.guards.RecordChurn(connection_->domain, ChurnIdentity());
    if (auto spent = co_await spending; !spent) co_return std::unexpected(Retry{spent.error()});
  }
  if (auto ends = LeaseEnds(Reason::kProgressing)) co_return std::unexpected(*ends);
  intent.request = *encoded;
  const bool looked = std::holds_alternative<LookedUp>(observed_);
  intent.absent_before = looked ? AbsentBefore::kAbsent : AbsentBefore::kNotLooked;
  intent.holder = r_.deps_.fence.holder();
  intent.epoch = CurrentTenure().epoch;
  intent.not_before = WallNow();
  intent.deadline_ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(r_.options_.call_deadline).count();
  InstanceStatus changed = status_;
  changed.intent = std::move(intent);
  changed.attempts = decision.attempt;
  Summarize(*object_, observed_, Wait{Reason::kCreating, "being asked for", {}}, WallNow(),
            changed);
  auto writing = WriteStatusNow(std::move(changed));
  if (auto written = co_await writing; !written) co_return std::unexpected(Retry{written.error()});
  co_return std::move(*encoded);
}

// Before a recorded request is sent again: what is cached may be older than the record, when
// another process wrote it or when our own last write was not confirmed. A write tells.
Task<std::optional<Decision>> Pass::TakeOverIntent() {
  const auto& intent = *object_->status.intent;
  const bool ours = intent.holder == r_.deps_.fence.holder() &&
                    intent.epoch == CurrentTenure().epoch &&
                    track_->unconfirmed_version != object_->meta.resource_version;
  if (ours) co_return std::nullopt;
  InstanceStatus changed = status_;
  changed.intent->holder = r_.deps_.fence.holder();
  changed.intent->epoch = CurrentTenure().epoch;
  auto writing = WriteStatusNow(std::move(changed));
  if (auto written = co_await writing; !written) co_return Retry{written.error()};
  co_return std::nullopt;
}

Decision Pass::CreateFailed(const Create& decision, Error error) {
  NoteFailure(error);
  const auto pause = PauseAfter(error, r_.options_, r_.deps_.random, *track_);
  track_->cooldown = Cooldown{error, Now() + pause};
  if (decision.attempt_kind == CreateTry::kReplay) {
    if (MayReplayAgain(error)) {
      // It may come true as late as the first try might have.
      if (error.reach != Reach::kNotSent) {
        track_->doubt_since = Now();
        track_->ForgetLookups();
      }
      return Wait{Reason::kInDoubt, MessageFor(error),
                  Now() + std::min(pause, r_.options_.backoff_max)};
    }
    // Waiting teaches nothing more: what the first try made is looked for at once.
    track_->replay = Replay::kClosed;
    track_->ForgetLookups();
    return Wait{Reason::kInDoubt, MessageFor(error), Now()};
  }
  if (!ProvesNoEffect(error)) {
    track_->doubt_since = Now();
    track_->doubt_attempt = decision.attempt;
    track_->replay = Replay::kOpen;
    track_->ForgetLookups();
    error.error_class = ErrorClass::kInDoubt;
    track_->cooldown->error = error;
    return Wait{Reason::kInDoubt, MessageFor(error), Now() + pause};
  }
  status_.intent.reset();
  if (traits_.churn_limited) unspent_ = CreateIdentity(decision.attempt);
  track_->doubt_since.reset();
  track_->ForgetLookups();
  Decision shown = CooldownDecision(*track_->cooldown);
  if (error.error_class == ErrorClass::kTaken) {
    // Looked up once more soon: the name may be ours, only not visible a moment ago.
    if (auto* hold = std::get_if<Hold>(&shown)) {
      hold->until = Now() + r_.options_.consistency_window;
    }
  }
  return shown;
}

}  // namespace instanced
