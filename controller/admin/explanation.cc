#include "controller/admin/explanation.h"

#include <utility>

#include "controller/clock/duration.h"

namespace instanced {
namespace {

const InstanceObject& InstanceOf(const ObjectFacts& facts) {
  return *std::get<InstancePtr>(facts.report.object);
}

bool IsInLine(const Condition& condition) {
  return condition.type == ConditionType::kReady && condition.status == ConditionStatus::kTrue;
}

const Condition* Telling(const InstanceObject& object) {
  const auto& conditions = object.status.conditions;
  for (const auto type : {ConditionType::kStalled, ConditionType::kReconciling}) {
    if (const auto* condition = conditions.Find(type)) return condition;
  }
  // A paused object is neither, and as ready as it was.
  const auto* synced = conditions.Find(ConditionType::kSynced);
  const auto* ready = conditions.Find(ConditionType::kReady);
  if (!synced || !ready) return ready ? ready : synced;
  const bool observed_only = synced->reason == Reason::kObserveOnly && IsInLine(*ready);
  return synced->status == ConditionStatus::kFalse || observed_only ? synced : ready;
}

std::string CallText(const HistoryEntry& entry) {
  std::string text = entry.operation + " ended with " + entry.result;
  if (!entry.code.empty()) text += " (" + entry.code + ")";
  text += " at " + FormatRfc3339(entry.at);
  if (!entry.request_id.empty()) text += ", request id " + entry.request_id;
  return text;
}

std::string FailureText(const ObjectFacts& facts) {
  return facts.last_failure ? CallText(*facts.last_failure) : "";
}

void AddDoubt(const ObjectFacts& facts, std::vector<Obstacle>& obstacles) {
  const auto& status = InstanceOf(facts).status;
  if (InstanceOf(facts).intent_unreadable) {
    obstacles.push_back({"InDoubt", "the recorded intent cannot be read, so nothing is created",
                         "status.intent is damaged"});
  }
  if (!status.intent) return;
  const Intent& intent = *status.intent;
  if (intent.operation == kReplaceOperation) {
    obstacles.push_back({"Replacing", "a new instance is made when the old one is gone",
                         "status.intent: Replace, recorded at " + intent.not_before});
    return;
  }
  std::string evidence = "attempt " + std::to_string(intent.attempt) + " with token " +
                         intent.token + ", not before " + intent.not_before + "; " +
                         std::to_string(facts.absent_reads) +
                         " complete lists since then showed nothing of it";
  if (const auto failure = FailureText(facts); !failure.empty()) evidence += "; " + failure;
  obstacles.push_back({"InDoubt",
                       intent.operation + " is recorded and its end is not; that comes first",
                       std::move(evidence)});
}

void AddRefusal(const ObjectFacts& facts, std::vector<Obstacle>& obstacles) {
  // A deletion that was asked for and is waited for has no operation: nobody refused it.
  if (facts.refused && facts.refused_until && !facts.refused->operation.empty()) {
    obstacles.push_back(
        {"Backoff",
         "the last change was refused as " + std::string(ToString(facts.refused->error_class)) +
             "; not tried again before " + FormatRfc3339(*facts.refused_until),
         facts.refused->operation + ": " + facts.refused->code + ": " + facts.refused->message});
  } else if (facts.failures > 0) {
    // Some failures are no call of the object's own: a token service that refused, say.
    auto evidence = FailureText(facts);
    if (evidence.empty()) evidence = "decided: " + facts.report.decision;
    obstacles.push_back({"Backoff",
                         std::to_string(facts.failures) +
                             (facts.failures == 1 ? " failure" : " failures") + " in a row",
                         std::move(evidence)});
  }
}

void AddAccount(const ObjectFacts& facts, std::vector<Obstacle>& obstacles) {
  for (const auto& line : facts.waiting) {
    std::string evidence = std::to_string(line.parked) + " objects wait for " + line.operation;
    if (line.blocked_for > Duration::zero()) {
      evidence += ", which the cloud asked to leave alone for " + FormatDuration(line.blocked_for);
    }
    obstacles.push_back({"Budget", "calls of this account wait their turn", std::move(evidence)});
  }
  if (facts.churn_remaining && *facts.churn_remaining <= 0) {
    obstacles.push_back({"Churn", "no create is left within 30 days",
                         "the ledger of creates and deletes of this account"});
  }
}

// The condition itself, with what stands behind it: the rule, the cloud's own word, the call that
// failed last, and at least what was decided.
Obstacle StateOf(const Condition& condition, const ObjectFacts& facts) {
  std::string evidence(RuleOf(condition.reason));
  const auto add = [&](const std::string& text) {
    if (!text.empty()) evidence += (evidence.empty() ? "" : "; ") + text;
  };
  if (const auto state = CloudStateOf(InstanceOf(facts)); !state.empty()) {
    add("the cloud's word for its state is " + state);
  }
  add(FailureText(facts));
  if (RuleOf(condition.reason).empty() && !facts.last_failure) {
    add(facts.report.decision.empty() ? "no pass has decided anything yet"
                                      : "decided: " + facts.report.decision);
  }
  return {std::string(ToString(condition.reason)),
          condition.message.empty() ? std::string(MeaningOf(condition.reason)) : condition.message,
          std::move(evidence)};
}

std::vector<Obstacle> ObstaclesOf(const ObjectFacts& facts, std::optional<Reason> reason) {
  std::vector<Obstacle> obstacles;
  if (reason == Reason::kPaused) {
    obstacles.push_back({"Paused", "all work on the object is stopped",
                         "metadata.annotations " + std::string(kPausedAnnotation)});
  }
  if (!facts.store_trouble.empty()) {
    obstacles.push_back(
        {"Store", std::string(RuleOf(Reason::kStoreUnavailable)), facts.store_trouble});
  }
  if (facts.brake_id) {
    obstacles.push_back({"Brake", facts.brake_message, "brake " + *facts.brake_id});
  }
  if (facts.holder) {
    obstacles.push_back({"Claim", facts.held + " is held by another object",
                         "claimed by " + ToString(*facts.holder)});
  }
  AddDoubt(facts, obstacles);
  AddRefusal(facts, obstacles);
  return obstacles;
}

// What cannot be recorded, or is not because it would be written for every turn that is awaited,
// cannot be in the object's own conditions.
std::optional<Condition> UnrecordedCondition(const ObjectFacts& facts, const Condition* recorded) {
  Condition condition;
  condition.status = ConditionStatus::kTrue;
  if (!facts.store_trouble.empty()) {
    condition.type = ConditionType::kStalled;
    condition.reason = Reason::kStoreUnavailable;
    condition.message =
        "what is known of it may be older than it is, because nothing can be recorded";
    return condition;
  }
  if (facts.turn == ObjectFacts::Turn::kNotAwaited) return std::nullopt;
  const bool at_rest =
      recorded != nullptr && (IsInLine(*recorded) || recorded->reason == Reason::kObserveOnly);
  if (at_rest) return std::nullopt;
  condition.type = ConditionType::kReconciling;
  condition.reason = Reason::kWaitingForBudget;
  condition.message = "waits its turn in the account's rate";
  return condition;
}

std::string NextLookOf(const ObjectFacts& facts) {
  if (!facts.report.next_look) return "when the object or its ProviderConfig changes";
  const std::string& decision = facts.report.decision;
  std::string why = "the step before was taken and is followed up";
  if (decision.starts_with("Done")) {
    why = "in line; looked at now and then for drift";
  } else if (decision.starts_with("Wait")) {
    why = "waiting for the cloud, asked again more slowly each time";
  } else if (decision.starts_with("Hold")) {
    why = "held; a slow probe, and at once when something changes";
  } else if (decision.starts_with("Retry")) {
    why = "backoff after " + std::to_string(facts.failures) + " failures in a row";
  }
  return FormatRfc3339(*facts.report.next_look) + ": " + why;
}

}  // namespace

Explanation Explain(ObjectFacts facts) {
  const InstanceObject& object = InstanceOf(facts);
  const Condition* recorded = Telling(object);
  const auto unrecorded = UnrecordedCondition(facts, recorded);
  const Condition* telling = unrecorded ? &*unrecorded : recorded;
  Explanation explanation;
  if (telling != nullptr) {
    explanation.condition = *telling;
    explanation.meaning = MeaningOf(telling->reason);
    explanation.next_steps =
        StepsFor(telling->reason, object.meta.key, facts.brake_id.value_or(""));
  }
  explanation.obstacles =
      ObstaclesOf(facts, telling ? std::optional(telling->reason) : std::nullopt);
  if (telling != nullptr && !IsInLine(*telling) && explanation.obstacles.empty()) {
    explanation.obstacles.push_back(StateOf(*telling, facts));
  }
  // Others of the account may wait, too; that explains no state by itself.
  AddAccount(facts, explanation.obstacles);
  explanation.next_look = NextLookOf(facts);
  explanation.report = std::move(facts.report);
  explanation.last_failure = std::move(facts.last_failure);
  explanation.differences = std::move(facts.differences);
  return explanation;
}

}  // namespace instanced
