#include <algorithm>

#include "controller/reconcile/decide_parts.h"

namespace instanced {
namespace {

Decision LeaveBehind(FinalizerExit exit, std::string why) {
  return RemoveFinalizer{exit, std::move(why)};
}

Decision DeletePresent(const Question& q, const Present& present) {
  const auto& observation = present.observation;
  if (present.match == MarkMatch::kForeign || present.match == MarkMatch::kOtherObject ||
      observation.adoptable == Adoptable::kPreset) {
    return Hold{Reason::kForeignOwner,
                "instance " + observation.external_name +
                    " bears another owner's mark and is not deleted; set deletionPolicy: Retain "
                    "to let this object go" +
                    (present.match == MarkMatch::kForeign
                         ? ", or approve deleting it; see instancectl brakes"
                         : ""),
                {}};
  }
  if (observation.lifecycle == Lifecycle::kGone) {
    return LeaveBehind(FinalizerExit::kDeleted, "the cloud reports it deleted");
  }
  if (observation.lifecycle == Lifecycle::kDeleting) {
    return Wait{Reason::kDeleting, "the cloud is deleting it", {}};
  }
  if (const auto* held = std::get_if<BrakeHeld>(&q.circumstances.brake)) {
    return Hold{Reason::kAwaitingApproval, held->message, {}};
  }
  if (const auto* settling = std::get_if<BrakeSettling>(&q.circumstances.brake)) {
    return Wait{Reason::kDeleting, "about to be deleted", settling->until};
  }
  if (const auto* refused = std::get_if<ChurnClosed>(&q.circumstances.churn)) {
    return Hold{Reason::kChurnBudget, refused->message, {}};
  }
  if (auto refusal = RefuseUnverified(q)) return *refusal;
  const auto& cooldown = q.circumstances.cooldown;
  if (observation.lifecycle == Lifecycle::kDeleteFailed && cooldown && q.now < cooldown->until) {
    return Hold{Reason::kDeleteFailed,
                "the cloud gave up deleting it: " + observation.cloud_message +
                    "; tried again with growing pauses of up to 5 minutes",
                cooldown->until};
  }
  if (auto refusal = RefuseMutation(q)) return *refusal;
  return Delete{DeleteCause::kObjectDeleted, "the object was deleted"};
}

Decision DeleteAbsent(const Question& q, const Absent& absent) {
  if (auto unverified = std::get_if<AccountUnverified>(&q.circumstances.identity)) {
    return Hold{Reason::kAccountUnverified,
                "the instance is not there, but whose credential asked is unknown (" +
                    unverified->cause.message + "), so that is not believed",
                q.now + AskedAgainIn(*unverified)};
  }
  if (absent.reads < 2) {
    return Wait{Reason::kDeleting, "not found; looking once more before it is believed",
                absent.recheck_at};
  }
  return LeaveBehind(FinalizerExit::kDeleted, "not found, twice");
}

// No id is known: it may be that nothing was ever made, or that the answer was lost.
Decision DeleteLookedUp(const Question& q, const LookedUp& looked_up) {
  for (const auto& candidate : looked_up.candidates) {
    const bool ours = candidate.match == MarkMatch::kOurs;
    if (ours && !candidate.claimed_by && candidate.lifecycle != Lifecycle::kGone) {
      return Adopt{candidate.external_name, "bears our mark; taken over to be deleted"};
    }
  }
  const bool in_doubt = q.circumstances.doubt.has_value();
  if (!in_doubt && !q.object.intent_unreadable) {
    return LeaveBehind(FinalizerExit::kNeverCreated, "no instance was ever made");
  }
  if (auto refusal = RefuseUnverified(q)) return *refusal;
  if (in_doubt && q.now < q.circumstances.doubt->settled_at) {
    return Wait{Reason::kInDoubt, "a create may still come true; looking again",
                q.circumstances.doubt->settled_at};
  }
  if (looked_up.absent_reads < 2) {
    return Wait{Reason::kInDoubt, "a create of unknown fate left nothing so far; looking again",
                looked_up.recheck_at};
  }
  return LeaveBehind(
      FinalizerExit::kNeverCreated,
      "a create of unknown fate left nothing: two complete lists after its deadline");
}

bool KnowsInstance(const Question& q) { return !q.object.status.external_name.empty(); }

}  // namespace

std::optional<Decision> DecideDeletionEarly(const Question& q) {
  const auto& spec = q.object.spec;
  if (q.circumstances.pause == Pause::kPaused) {
    return Hold{Reason::kPaused,
                "deletion waits: paused by annotation " + std::string(kPausedAnnotation) +
                    "; remove it to go on",
                {}};
  }
  if (std::holds_alternative<BrakeReleased>(q.circumstances.brake)) {
    return LeaveBehind(FinalizerExit::kReleased, "released by a person; the instance stays");
  }
  if (spec.prevent_destroy == PreventDestroy::kYes) {
    return Hold{Reason::kPreventDestroy,
                "deletion asked for, but spec.preventDestroy is true; set it to false to go on",
                {}};
  }
  if (spec.deletion_policy == DeletionPolicy::kRetain) {
    return LeaveBehind(FinalizerExit::kRetained, "deletionPolicy is Retain; the instance stays");
  }
  if (!spec.management_policies.Allows(ManagementPolicy::kDelete)) {
    return LeaveBehind(FinalizerExit::kRetained,
                       "managementPolicies has no Delete; the instance stays");
  }
  const bool in_doubt = q.circumstances.doubt || q.object.intent_unreadable;
  if (const auto* held = std::get_if<ClaimHeld>(&q.circumstances.claim); held && !in_doubt) {
    return LeaveBehind(FinalizerExit::kNotHolder,
                       held->what + " is held by " + ToString(held->holder));
  }
  return std::nullopt;
}

Decision DecideDeletion(const Question& q) {
  struct Visit {
    const Question& q;
    Decision operator()(const NotObserved&) const {
      if (KnowsInstance(q)) return Observe{};
      return LookUp{};
    }
    Decision operator()(const ObserveFailed& failed) const { return Retry{failed.error}; }
    Decision operator()(const Absent& absent) const { return DeleteAbsent(q, absent); }
    Decision operator()(const Present& present) const { return DeletePresent(q, present); }
    Decision operator()(const LookedUp& looked_up) const { return DeleteLookedUp(q, looked_up); }
  };
  return std::visit(Visit{q}, q.observed);
}

}  // namespace instanced
