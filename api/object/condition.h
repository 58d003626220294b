// Conditions: typed, tri-state observations in the form of Kubernetes, read by kstatus.
//
// Ready and Synced are always present once set; Reconciling and Stalled are absent when not so.
// Reasons come from the listed set below. Messages are stable: no times, counters or request ids,
// so that an unchanged state writes nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace instanced {

enum class ConditionType { kReady, kSynced, kReconciling, kStalled };
enum class ConditionStatus { kTrue, kFalse, kUnknown };

std::string_view ToString(ConditionType type);
std::string_view ToString(ConditionStatus status);

// Every reason a condition may carry. docs/conditions.md has a line for each.
enum class Reason {
  kPending,                // not looked at yet
  kAvailable,              // Ready: the cloud says it can be used
  kReconcileSuccess,       // Synced: the last pass agreed or was carried out
  kReconcileError,         // Synced: the last pass failed; the message says how
  kCreating,               // asked for, not there yet
  kUpdating,               // a field is being changed
  kReplacing,              // being deleted in order to be created anew
  kDeleting,               // being deleted
  kProgressing,            // the cloud is changing it by itself
  kWaitingForBudget,       // the account's rate leaves no slot yet
  kThrottled,              // the cloud asked us to slow down
  kInDoubt,                // a call may or may not have worked; being resolved
  kBusy,                   // in use or changing at the cloud
  kTransientError,         // failed, will be tried again
  kCreateFailed,           // the cloud gave up creating it
  kDeleteFailed,           // the cloud gave up deleting it
  kSuspended,              // exists, but the cloud has stopped it
  kUnknownState,           // exists, in a state we do not know
  kNotFound,               // there is no such instance and we may not create one
  kMissing,                // it was there and is gone; onMissing says Alert
  kNameTaken,              // alias, domain or name belongs to something else
  kAlreadyClaimed,         // another object holds this instance
  kForeignOwner,           // the instance bears another installation's mark
  kImmutableField,         // a field that cannot change was changed
  kDriftNotRepairable,     // differs, and the API has no call to repair it
  kFlappingDiff,           // equal writes that never settle
  kAuthFailed,             // credential refused
  kQuotaExceeded,          // account limit
  kChurnBudget,            // the 30-day create and delete ledger refuses
  kNotOffered,             // the API is closed to this account
  kInvalid,                // the spec or the request is refused as wrong
  kTerminalError,          // cannot work as it stands
  kPaused,                 // the paused annotation
  kPreventDestroy,         // deletion asked for and forbidden by the spec
  kAwaitingApproval,       // a brake holds this
  kProviderConfigMissing,  // the ProviderConfig is not there
  kProviderConfigInvalid,  // it is there and cannot be used
  kAccountMismatch,        // the credential belongs to another account
  kAccountUnverified,      // nobody answered whose credential it is: observing only
  kContradiction,          // the evidence about a doubtful call does not fit together
  kStoreUnavailable,       // our own record cannot be written
  kObserveOnly,            // managementPolicies leave nothing but looking
};
std::string_view ToString(Reason reason);
std::optional<Reason> ParseReason(std::string_view word);

struct Condition {
  ConditionType type = ConditionType::kReady;
  ConditionStatus status = ConditionStatus::kUnknown;
  Reason reason = Reason::kPending;
  std::string message;
  std::int64_t observed_generation = 0;
  // RFC 3339; changes only when status changes.
  std::string last_transition_time;

  friend bool operator==(const Condition&, const Condition&) = default;
};

// At most one condition per type, in the order of ConditionType.
class ConditionSet {
 public:
  // Sets a condition; the transition time moves only when the status changes.
  void Mark(Condition condition, std::string_view now_rfc3339);
  void Remove(ConditionType type);
  const Condition* Find(ConditionType type) const;
  const std::vector<Condition>& all() const { return conditions_; }
  friend bool operator==(const ConditionSet&, const ConditionSet&) = default;

 private:
  std::vector<Condition> conditions_;
};

nlohmann::json ToJson(const ConditionSet& conditions);
// Lenient: unknown types and reasons from other writers are dropped.
ConditionSet ConditionsFromJson(const nlohmann::json& json);

}  // namespace instanced
