#include "controller/reconcile/summarize.h"

#include <optional>
#include <utility>

#include "controller/reconcile/retry_table.h"

namespace instanced {
namespace {

struct Outcome {
  std::optional<Condition> reconciling;
  std::optional<Condition> stalled;
  Condition synced;
};

Condition Make(ConditionType type, ConditionStatus status, Reason reason, std::string message) {
  Condition condition;
  condition.type = type;
  condition.status = status;
  condition.reason = reason;
  condition.message = std::move(message);
  return condition;
}

Condition Agreed() {
  return Make(ConditionType::kSynced, ConditionStatus::kTrue, Reason::kReconcileSuccess,
              "spec and cloud match, or a change is in progress");
}

Condition Disagreed(Reason reason, const std::string& message) {
  return Make(ConditionType::kSynced, ConditionStatus::kFalse, reason, message);
}

// A wait that only follows the cloud's own progress is agreement; one that follows a failure is
// not.
bool IsProgress(Reason reason) {
  switch (reason) {
    case Reason::kCreating:
    case Reason::kUpdating:
    case Reason::kReplacing:
    case Reason::kDeleting:
    case Reason::kProgressing:
    case Reason::kWaitingForBudget:
      return true;
    default:
      return false;
  }
}

Outcome Waiting(Reason reason, const std::string& message) {
  return {Make(ConditionType::kReconciling, ConditionStatus::kTrue, reason, message), std::nullopt,
          IsProgress(reason) ? Agreed() : Disagreed(Reason::kReconcileError, message)};
}

Outcome Holding(Reason reason, const std::string& message) {
  return {std::nullopt, Make(ConditionType::kStalled, ConditionStatus::kTrue, reason, message),
          Disagreed(reason, message)};
}

struct OutcomeVisit {
  Outcome operator()(const Wait& wait) const { return Waiting(wait.reason, wait.message); }
  Outcome operator()(const Hold& hold) const {
    if (hold.reason == Reason::kPaused) {
      return {std::nullopt, std::nullopt, Disagreed(hold.reason, hold.message)};
    }
    return Holding(hold.reason, hold.message);
  }
  Outcome operator()(const Retry& retry) const {
    const auto reaction = ReactionTo(retry.error.error_class);
    const auto message = MessageFor(retry.error);
    if (reaction.shown == Shown::kStalled) return Holding(reaction.reason, message);
    return Waiting(reaction.reason, message);
  }
  Outcome operator()(const Done& done) const {
    if (done.reason != Reason::kObserveOnly) return {std::nullopt, std::nullopt, Agreed()};
    // Nobody is to make it so: what differs is told and is no failure.
    return {std::nullopt, std::nullopt,
            Make(ConditionType::kSynced, ConditionStatus::kTrue, done.reason, done.message)};
  }
  Outcome operator()(const RemoveFinalizer& removal) const {
    return Waiting(Reason::kDeleting, removal.why);
  }
  // The rest are steps inside a pass; a pass that ends on one was cut short and goes on at once.
  template <class Step>
  Outcome operator()(const Step&) const {
    return Waiting(Reason::kProgressing, "");
  }
};

Condition ReadyOf(const Observation& observation) {
  const auto ready = [](ConditionStatus status, Reason reason, std::string message) {
    return Make(ConditionType::kReady, status, reason, std::move(message));
  };
  switch (observation.lifecycle) {
    case Lifecycle::kReady:
      return ready(ConditionStatus::kTrue, Reason::kAvailable, "the cloud reports it usable");
    case Lifecycle::kCreating:
      return ready(ConditionStatus::kFalse, Reason::kCreating, "the cloud is creating it");
    case Lifecycle::kCreateFailed:
      return ready(ConditionStatus::kFalse, Reason::kCreateFailed, observation.cloud_message);
    case Lifecycle::kDeleting:
      return ready(ConditionStatus::kFalse, Reason::kDeleting, "the cloud is deleting it");
    case Lifecycle::kDeleteFailed:
      return ready(ConditionStatus::kFalse, Reason::kDeleteFailed, observation.cloud_message);
    case Lifecycle::kGone:
      return ready(ConditionStatus::kFalse, Reason::kNotFound, "the cloud reports it deleted");
    case Lifecycle::kSuspended:
      return ready(ConditionStatus::kFalse, Reason::kSuspended,
                   "the cloud has stopped it: " + observation.cloud_state);
    case Lifecycle::kUnknown:
      return ready(ConditionStatus::kUnknown, Reason::kUnknownState,
                   "the cloud reports a state that is not known: " + observation.cloud_state);
  }
  std::unreachable();
}

std::optional<Condition> ReadyFrom(const Observed& observed, const Outcome& outcome,
                                   const InstanceStatus& status) {
  if (const auto* present = std::get_if<Present>(&observed)) return ReadyOf(present->observation);
  if (const auto* absent = std::get_if<Absent>(&observed); absent && absent->reads >= 2) {
    return Make(ConditionType::kReady, ConditionStatus::kFalse, Reason::kNotFound,
                "there is no such instance");
  }
  if (!status.external_name.empty() && status.conditions.Find(ConditionType::kReady)) return {};
  const auto* cause = outcome.stalled       ? &*outcome.stalled
                      : outcome.reconciling ? &*outcome.reconciling
                                            : nullptr;
  if (!cause) {
    if (status.conditions.Find(ConditionType::kReady)) return {};
    return Make(ConditionType::kReady, ConditionStatus::kUnknown, Reason::kPending,
                "not looked at yet");
  }
  return Make(ConditionType::kReady, ConditionStatus::kFalse, cause->reason, cause->message);
}

void Set(InstanceStatus& status, std::optional<Condition> condition, ConditionType type,
         std::int64_t generation, std::string_view now) {
  if (!condition) {
    status.conditions.Remove(type);
    return;
  }
  // Older API servers, built with a newer Go, take an empty text for a missing one.
  if (condition->message.empty()) condition->message = ToString(condition->reason);
  condition->observed_generation = generation;
  status.conditions.Mark(std::move(*condition), now);
}

}  // namespace

void Summarize(const InstanceObject& object, const Observed& observed, const Decision& decision,
               std::string_view now, InstanceStatus& status) {
  const auto* hold = std::get_if<Hold>(&decision);
  const bool paused = hold && hold->reason == Reason::kPaused;
  Outcome outcome = std::visit(OutcomeVisit{}, decision);
  if (!paused) status.observed_generation = object.meta.generation;
  const auto generation = status.observed_generation;
  if (auto ready = ReadyFrom(observed, outcome, status)) {
    Set(status, std::move(ready), ConditionType::kReady, generation, now);
  }
  Set(status, std::move(outcome.synced), ConditionType::kSynced, generation, now);
  Set(status, std::move(outcome.reconciling), ConditionType::kReconciling, generation, now);
  Set(status, std::move(outcome.stalled), ConditionType::kStalled, generation, now);
}

}  // namespace instanced
