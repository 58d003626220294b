#include "api/object/condition.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <utility>

namespace instanced {
namespace {

constexpr std::array kTypes{
    std::pair{ConditionType::kReady, std::string_view("Ready")},
    std::pair{ConditionType::kSynced, std::string_view("Synced")},
    std::pair{ConditionType::kReconciling, std::string_view("Reconciling")},
    std::pair{ConditionType::kStalled, std::string_view("Stalled")},
};

constexpr std::array kStatuses{
    std::pair{ConditionStatus::kTrue, std::string_view("True")},
    std::pair{ConditionStatus::kFalse, std::string_view("False")},
    std::pair{ConditionStatus::kUnknown, std::string_view("Unknown")},
};

constexpr std::array kReasons{
    std::pair{Reason::kPending, std::string_view("Pending")},
    std::pair{Reason::kAvailable, std::string_view("Available")},
    std::pair{Reason::kReconcileSuccess, std::string_view("ReconcileSuccess")},
    std::pair{Reason::kReconcileError, std::string_view("ReconcileError")},
    std::pair{Reason::kCreating, std::string_view("Creating")},
    std::pair{Reason::kUpdating, std::string_view("Updating")},
    std::pair{Reason::kReplacing, std::string_view("Replacing")},
    std::pair{Reason::kDeleting, std::string_view("Deleting")},
    std::pair{Reason::kProgressing, std::string_view("Progressing")},
    std::pair{Reason::kWaitingForBudget, std::string_view("WaitingForBudget")},
    std::pair{Reason::kThrottled, std::string_view("Throttled")},
    std::pair{Reason::kInDoubt, std::string_view("InDoubt")},
    std::pair{Reason::kBusy, std::string_view("Busy")},
    std::pair{Reason::kTransientError, std::string_view("TransientError")},
    std::pair{Reason::kCreateFailed, std::string_view("CreateFailed")},
    std::pair{Reason::kDeleteFailed, std::string_view("DeleteFailed")},
    std::pair{Reason::kSuspended, std::string_view("Suspended")},
    std::pair{Reason::kUnknownState, std::string_view("UnknownState")},
    std::pair{Reason::kNotFound, std::string_view("NotFound")},
    std::pair{Reason::kMissing, std::string_view("Missing")},
    std::pair{Reason::kNameTaken, std::string_view("NameTaken")},
    std::pair{Reason::kAlreadyClaimed, std::string_view("AlreadyClaimed")},
    std::pair{Reason::kForeignOwner, std::string_view("ForeignOwner")},
    std::pair{Reason::kImmutableField, std::string_view("ImmutableField")},
    std::pair{Reason::kDriftNotRepairable, std::string_view("DriftNotRepairable")},
    std::pair{Reason::kFlappingDiff, std::string_view("FlappingDiff")},
    std::pair{Reason::kAuthFailed, std::string_view("AuthFailed")},
    std::pair{Reason::kQuotaExceeded, std::string_view("QuotaExceeded")},
    std::pair{Reason::kChurnBudget, std::string_view("ChurnBudget")},
    std::pair{Reason::kNotOffered, std::string_view("NotOffered")},
    std::pair{Reason::kInvalid, std::string_view("Invalid")},
    std::pair{Reason::kTerminalError, std::string_view("TerminalError")},
    std::pair{Reason::kPaused, std::string_view("Paused")},
    std::pair{Reason::kPreventDestroy, std::string_view("PreventDestroy")},
    std::pair{Reason::kAwaitingApproval, std::string_view("AwaitingApproval")},
    std::pair{Reason::kProviderConfigMissing, std::string_view("ProviderConfigMissing")},
    std::pair{Reason::kProviderConfigInvalid, std::string_view("ProviderConfigInvalid")},
    std::pair{Reason::kAccountMismatch, std::string_view("AccountMismatch")},
    std::pair{Reason::kAccountUnverified, std::string_view("AccountUnverified")},
    std::pair{Reason::kContradiction, std::string_view("Contradiction")},
    std::pair{Reason::kStoreUnavailable, std::string_view("StoreUnavailable")},
    std::pair{Reason::kObserveOnly, std::string_view("ObserveOnly")},
};

template <class Table, class Value>
std::string_view NameOf(const Table& table, Value value) {
  for (const auto& [candidate, name] : table) {
    if (candidate == value) return name;
  }
  std::unreachable();
}

template <class Table>
auto Parse(const Table& table, std::string_view word) {
  using Value = typename Table::value_type::first_type;
  for (const auto& [candidate, name] : table) {
    if (name == word) return std::optional<Value>(candidate);
  }
  return std::optional<Value>();
}

std::string StringAt(const nlohmann::json& json, const char* name) {
  const auto it = json.find(name);
  return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
}

}  // namespace

std::string_view ToString(ConditionType type) { return NameOf(kTypes, type); }
std::string_view ToString(ConditionStatus status) { return NameOf(kStatuses, status); }
std::string_view ToString(Reason reason) { return NameOf(kReasons, reason); }
std::optional<Reason> ParseReason(std::string_view word) { return Parse(kReasons, word); }

void ConditionSet::Mark(Condition condition, std::string_view now_rfc3339) {
  auto it = std::ranges::lower_bound(conditions_, condition.type, {}, &Condition::type);
  if (it == conditions_.end() || it->type != condition.type) {
    condition.last_transition_time = now_rfc3339;
    conditions_.insert(it, std::move(condition));
    return;
  }
  const bool same_status = it->status == condition.status;
  condition.last_transition_time = same_status ? it->last_transition_time : now_rfc3339;
  *it = std::move(condition);
}

void ConditionSet::Remove(ConditionType type) {
  std::erase_if(conditions_, [type](const Condition& c) { return c.type == type; });
}

const Condition* ConditionSet::Find(ConditionType type) const {
  const auto it = std::ranges::find(conditions_, type, &Condition::type);
  return it == conditions_.end() ? nullptr : &*it;
}

nlohmann::json ToJson(const ConditionSet& conditions) {
  auto json = nlohmann::json::array();
  for (const auto& condition : conditions.all()) {
    json.push_back({{"type", ToString(condition.type)},
                    {"status", ToString(condition.status)},
                    {"reason", ToString(condition.reason)},
                    {"message", condition.message},
                    {"observedGeneration", condition.observed_generation},
                    {"lastTransitionTime", condition.last_transition_time}});
  }
  return json;
}

ConditionSet ConditionsFromJson(const nlohmann::json& json) {
  ConditionSet set;
  if (!json.is_array()) return set;
  for (const auto& item : json) {
    if (!item.is_object()) continue;
    const auto type = Parse(kTypes, StringAt(item, "type"));
    const auto status = Parse(kStatuses, StringAt(item, "status"));
    const auto reason = ParseReason(StringAt(item, "reason"));
    if (!type || !status || !reason) continue;
    Condition condition{*type, *status, *reason, StringAt(item, "message"), 0, {}};
    const auto generation = item.find("observedGeneration");
    if (generation != item.end() && generation->is_number_integer()) {
      condition.observed_generation = generation->get<std::int64_t>();
    }
    set.Mark(std::move(condition), StringAt(item, "lastTransitionTime"));
  }
  return set;
}

}  // namespace instanced
