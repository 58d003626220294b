#include <algorithm>
#include <iterator>

#include "controller/reconcile/decide_parts.h"

namespace instanced {
namespace {

bool MayRecreate(const Question& q) {
  return Allows(q, ManagementPolicy::kCreate) && Allows(q, ManagementPolicy::kDelete);
}

bool IsReplacing(const Question& q) {
  const auto& intent = q.object.status.intent;
  return intent && intent->operation == kReplaceOperation;
}

std::string Join(const std::vector<FieldDiff>& diffs) {
  std::string text;
  for (const auto& diff : diffs) {
    if (!text.empty()) text += "; ";
    text += Describe(diff);
  }
  return text;
}

Decision DecideGone(const Question& q, std::string how) {
  if (IsReplacing(q)) {
    if (auto refusal = RefuseUnverified(q)) return *refusal;
    return Unbind{"the old instance is gone; the new one can be made"};
  }
  const auto& id = q.object.status.external_name;
  if (id.empty()) {
    return Hold{Reason::kNotFound,
                "spec.externalName names " + q.object.spec.external_name +
                    ", which does not exist in this account and region",
                {}};
  }
  if (!Allows(q, ManagementPolicy::kCreate)) {
    return Hold{Reason::kNotFound,
                "instance " + id + " is gone (" + how + ") and managementPolicies has no Create",
                {}};
  }
  if (q.object.spec.on_missing == OnMissing::kAlert) {
    return Hold{
        Reason::kMissing,
        "instance " + id + " is gone (" + how + "); set onMissing: Recreate to have a new one made",
        {}};
  }
  if (auto refusal = RefuseMutation(q)) return *refusal;
  return Unbind{"instance " + id + " is gone (" + how + ") and onMissing is Recreate"};
}

Decision DecideAbsent(const Question& q, const Absent& absent) {
  if (q.circumstances.binding == Binding::kFresh) {
    return Wait{Reason::kCreating, "the cloud does not show the new instance yet",
                absent.recheck_at};
  }
  if (const auto* unverified = std::get_if<AccountUnverified>(&q.circumstances.identity)) {
    return Hold{Reason::kAccountUnverified,
                "the instance is not there, but whose credential asked is unknown (" +
                    unverified->cause.message + "), so that is not believed",
                q.now + AskedAgainIn(*unverified)};
  }
  if (absent.reads < 2) {
    return Wait{Reason::kProgressing, "not found; looking once more before it is believed",
                absent.recheck_at};
  }
  return DecideGone(q, "not found, twice");
}

// Deletes in order to create anew; brakes do not count replacements, the churn ledger does.
Decision DeleteToRecreate(const Question& q, DeleteCause cause, std::string why) {
  if (q.object.spec.prevent_destroy == PreventDestroy::kYes) {
    return Hold{Reason::kPreventDestroy,
                "the instance is to be replaced (" + why + "), but spec.preventDestroy is true",
                {}};
  }
  if (!MayRecreate(q)) {
    return Hold{Reason::kImmutableField,
                "the instance is to be replaced (" + why +
                    "), but managementPolicies lack Create or Delete",
                {}};
  }
  if (const auto* refused = std::get_if<ChurnClosed>(&q.circumstances.churn)) {
    return Hold{Reason::kChurnBudget, refused->message, {}};
  }
  if (auto refusal = RefuseMutation(q)) return *refusal;
  return Delete{cause, std::move(why)};
}

Decision DecideCreateFailed(const Question& q, const Observation& observation) {
  std::string said =
      observation.cloud_message.empty() ? observation.cloud_state : observation.cloud_message;
  const bool recreate = q.object.spec.on_create_failed == OnCreateFailed::kRecreate &&
                        MayRecreate(q) && q.object.spec.prevent_destroy == PreventDestroy::kNo;
  if (recreate) {
    return DeleteToRecreate(q, DeleteCause::kFailedCreate,
                            "the cloud gave up creating it: " + said);
  }
  return Hold{Reason::kCreateFailed,
              "the cloud gave up creating it: " + said +
                  "; fix the cause, then delete this object or set onCreateFailed: Recreate",
              {}};
}

Decision DecideDrift(const Question& q, const Present& present) {
  std::vector<FieldDiff> immutable;
  std::vector<FieldDiff> repairable;
  std::vector<FieldDiff> beyond_repair;
  for (const auto& diff : present.diffs) {
    if (diff.mutability == Mutability::kImmutable) {
      immutable.push_back(diff);
    } else if (diff.operation.empty()) {
      beyond_repair.push_back(diff);
    } else {
      repairable.push_back(diff);
    }
  }
  const bool observe_only = q.object.spec.management_policies.ObserveOnly();
  if (!repairable.empty() && Allows(q, ManagementPolicy::kUpdate)) {
    if (q.circumstances.flap == Flap::kFlapping) {
      return Hold{Reason::kFlappingDiff,
                  "the same change was written again and again and never stays: " +
                      Join(repairable) + "; somebody else may be changing it back",
                  {}};
    }
    if (auto refusal = RefuseMutation(q)) return *refusal;
    return Update{PlanUpdate(q.traits, repairable)};
  }
  if (observe_only) {
    return Done{Reason::kObserveOnly, present.diffs.empty()
                                          ? "observed only, by managementPolicies"
                                          : "observed only; differs: " + Join(present.diffs)};
  }
  if (!immutable.empty()) {
    const bool replace = q.object.spec.replace_policy == ReplacePolicy::kRecreate &&
                         MayRecreate(q) && q.object.spec.prevent_destroy == PreventDestroy::kNo;
    if (replace) return DeleteToRecreate(q, DeleteCause::kReplace, Join(immutable));
    return Hold{Reason::kImmutableField,
                Join(immutable) +
                    "; the API cannot change this: restore the field, or set "
                    "replacePolicy: Recreate to have the instance replaced",
                {}};
  }
  std::ranges::copy(repairable, std::back_inserter(beyond_repair));
  if (!beyond_repair.empty()) {
    return Hold{Reason::kDriftNotRepairable,
                Join(beyond_repair) + (repairable.empty() ? "; the API has no call to change this"
                                                          : "; managementPolicies has no Update"),
                {}};
  }
  return Done{Reason::kAvailable, ""};
}

Decision DecidePresent(const Question& q, const Present& present) {
  const auto& observation = present.observation;
  if (present.match == MarkMatch::kForeign || present.match == MarkMatch::kOtherObject ||
      observation.adoptable == Adoptable::kPreset) {
    if (q.object.spec.management_policies.ObserveOnly()) {
      return Done{Reason::kObserveOnly, "observed only; it belongs to another owner"};
    }
    return Hold{Reason::kForeignOwner,
                "instance " + observation.external_name +
                    " belongs to another owner (its mark says so) and is not touched; observe it "
                    "with managementPolicies: [Observe]" +
                    (present.match == MarkMatch::kForeign ? std::string(kTakeoverHint) : ""),
                {}};
  }
  const bool gone = observation.lifecycle == Lifecycle::kGone;
  if (!gone && q.object.status.external_name.empty()) {
    const bool observe_only = q.object.spec.management_policies.ObserveOnly();
    if (!observe_only && !q.object.meta.HasFinalizer(kFinalizerName)) return AddFinalizer{};
    return Adopt{observation.external_name, "named by spec.externalName"};
  }
  switch (observation.lifecycle) {
    case Lifecycle::kGone:
      return DecideGone(q, "the cloud reports it deleted");
    case Lifecycle::kCreating:
      return Wait{Reason::kCreating, "the cloud is creating it", {}};
    case Lifecycle::kDeleting:
      return Wait{
          IsReplacing(q) ? Reason::kReplacing : Reason::kProgressing,
          IsReplacing(q) ? "the old instance is being deleted" : "somebody else is deleting it",
          {}};
    case Lifecycle::kDeleteFailed:
      if (IsReplacing(q)) {
        return DeleteToRecreate(q, DeleteCause::kReplace, "deleting the old instance failed");
      }
      return Hold{Reason::kDeleteFailed,
                  "a deletion failed at the cloud: " + observation.cloud_message,
                  {}};
    case Lifecycle::kCreateFailed:
      return DecideCreateFailed(q, observation);
    case Lifecycle::kReady:
    case Lifecycle::kSuspended:
    case Lifecycle::kUnknown:
      break;
  }
  if (IsReplacing(q)) {
    if (q.circumstances.replacement == Replacement::kNotBegun) {
      return CloseIntent{"the deletion that begins the replacement was not carried out"};
    }
    return DeleteToRecreate(q, DeleteCause::kReplace, "the old instance is still there");
  }
  return DecideDrift(q, present);
}

}  // namespace

Decision DecideBound(const Question& q) {
  struct Visit {
    const Question& q;
    Decision operator()(const NotObserved&) const { return Observe{}; }
    Decision operator()(const ObserveFailed& failed) const { return Retry{failed.error}; }
    Decision operator()(const Absent& absent) const { return DecideAbsent(q, absent); }
    Decision operator()(const Present& present) const { return DecidePresent(q, present); }
    Decision operator()(const LookedUp&) const { return Observe{}; }
  };
  return std::visit(Visit{q}, q.observed);
}

}  // namespace instanced
