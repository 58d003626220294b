#include "controller/reconcile/retry_table.h"

#include <utility>

#include "controller/reconcile/decide_parts.h"

namespace instanced {
namespace {

using std::chrono::minutes;

constexpr std::string_view kNextBackoff = "tried again with growing pauses of up to 5 minutes";
constexpr std::string_view kNextPermission = "tried again every 5 minutes; grant the permission";
constexpr std::string_view kNextSpec = "waits for a change of the spec, and looks again every hour";

}  // namespace

Reaction ReactionTo(ErrorClass error_class) {
  switch (error_class) {
    case ErrorClass::kThrottled:
      return {Reason::kThrottled, Shown::kReconciling, AtBudgetSlot{}, Counts::kNotAsFailure,
              "tried again when the account's rate has recovered"};
    case ErrorClass::kDeferred:
      return {Reason::kWaitingForBudget, Shown::kReconciling, AtBudgetSlot{}, Counts::kNotAsFailure,
              "waits its turn in the account's rate"};
    case ErrorClass::kBusy:
      return {Reason::kBusy, Shown::kReconciling, WithBackoff{}, Counts::kAsFailure, kNextBackoff};
    case ErrorClass::kTransient:
      return {Reason::kTransientError, Shown::kReconciling, WithBackoff{}, Counts::kAsFailure,
              kNextBackoff};
    case ErrorClass::kInDoubt:
      return {Reason::kInDoubt, Shown::kReconciling, WithBackoff{}, Counts::kAsFailure,
              "found out at the cloud before anything else is done"};
    case ErrorClass::kTaken:
      return {Reason::kNameTaken, Shown::kStalled, ProbeEvery{minutes(30)}, Counts::kAsFailure,
              "looked up again every 30 minutes; choose another name, or take the instance over "
              "with externalName"};
    case ErrorClass::kNotFound:
      return {Reason::kInvalid, Shown::kStalled, ProbeEvery{minutes(60)}, Counts::kAsFailure,
              "something the request names does not exist; waits for a change of the spec, and "
              "looks again every hour"};
    case ErrorClass::kAuth:
      return {Reason::kAuthFailed, Shown::kStalled, ProbeEvery{minutes(5)}, Counts::kAsFailure,
              "one object retries it every 5 minutes for all that share the credential"};
    case ErrorClass::kQuota:
      return {Reason::kQuotaExceeded, Shown::kStalled, ProbeEvery{minutes(60)}, Counts::kAsFailure,
              "looked at again every hour; raise the quota at the cloud"};
    case ErrorClass::kChurn:
      return {Reason::kChurnBudget, Shown::kStalled, ProbeEvery{minutes(60)}, Counts::kAsFailure,
              "waits until the oldest entry of the ledger is 30 days old"};
    case ErrorClass::kNotOffered:
      return {Reason::kNotOffered, Shown::kStalled, ProbeEvery{minutes(60)}, Counts::kAsFailure,
              "the API is closed to this account: create the instance in the console and name it "
              "in spec.externalName"};
    case ErrorClass::kValidation:
      return {Reason::kInvalid, Shown::kStalled, ProbeEvery{minutes(60)}, Counts::kAsFailure,
              kNextSpec};
    case ErrorClass::kTerminal:
      return {Reason::kTerminalError, Shown::kStalled, ProbeEvery{minutes(60)}, Counts::kAsFailure,
              kNextSpec};
    case ErrorClass::kWriteConflict:
      return {Reason::kProgressing, Shown::kReconciling, AtOnce{}, Counts::kNotAsFailure,
              "the object changed meanwhile; read again at once"};
    case ErrorClass::kStore:
      return {Reason::kStoreUnavailable, Shown::kStalled, WithBackoff{}, Counts::kAsFailure,
              "nothing is called that could not be recorded; goes on when the store heals"};
    case ErrorClass::kCancelled:
      return {Reason::kProgressing, Shown::kReconciling, WithBackoff{}, Counts::kNotAsFailure,
              "the daemon is stopping"};
  }
  std::unreachable();
}

bool ProvesNoEffect(const Error& error) {
  if (error.reach == Reach::kNotSent) return true;
  switch (error.error_class) {
    case ErrorClass::kThrottled:
    case ErrorClass::kBusy:
    case ErrorClass::kTaken:
    case ErrorClass::kNotFound:
    case ErrorClass::kAuth:
    case ErrorClass::kQuota:
    case ErrorClass::kChurn:
    case ErrorClass::kNotOffered:
    case ErrorClass::kValidation:
    case ErrorClass::kTerminal:
    case ErrorClass::kDeferred:
      return error.reach == Reach::kAnswered;
    case ErrorClass::kTransient:
    case ErrorClass::kInDoubt:
    case ErrorClass::kWriteConflict:
    case ErrorClass::kStore:
    case ErrorClass::kCancelled:
      return false;
  }
  std::unreachable();
}

std::string MessageFor(const Error& error) {
  std::string text = error.operation;
  if (!error.code.empty()) text.append(text.empty() ? "" : ": ").append(error.code);
  if (!error.message.empty()) text.append(text.empty() ? "" : ": ").append(error.message);
  const bool permission =
      error.error_class == ErrorClass::kAuth && error.denial == Denial::kPermission;
  return text.append("; ").append(permission ? kNextPermission
                                             : ReactionTo(error.error_class).next);
}

Decision CooldownDecision(const Cooldown& cooldown) {
  const auto reaction = ReactionTo(cooldown.error.error_class);
  if (reaction.shown == Shown::kStalled) {
    return Hold{reaction.reason, MessageFor(cooldown.error), cooldown.until};
  }
  return Wait{reaction.reason, MessageFor(cooldown.error), cooldown.until};
}

}  // namespace instanced
