#include <algorithm>

#include "controller/reconcile/decide_parts.h"

namespace instanced {
namespace {

std::string NaturalKeyField(const Question& q) { return std::string(q.traits.natural_key_field); }

Decision Contradiction(std::string evidence) {
  return Hold{Reason::kContradiction,
              evidence + "; name the right instance in spec.externalName, or delete what is wrong",
              {}};
}

// Candidates that are provably or allowably ours.
std::vector<const Candidate*> Adoptable(const Question& q, const LookedUp& looked_up) {
  std::vector<const Candidate*> found;
  const auto& intent = q.object.status.intent;
  // Only where the name is all there is: who sends a token gets its instance by the token, and what
  // then bears the name without our mark is somebody else's.
  const bool appeared_after = intent && intent->absent_before == AbsentBefore::kAbsent &&
                              q.traits.create_guard == CreateGuard::kNaturalKey;
  const bool by_name = q.object.spec.adoption_policy == AdoptionPolicy::kByNaturalKey;
  const bool by_mark = q.object.spec.adoption_policy != AdoptionPolicy::kNever;
  for (const auto& candidate : looked_up.candidates) {
    if (candidate.claimed_by || candidate.adoptable == Adoptable::kPreset) continue;
    if (candidate.lifecycle == Lifecycle::kGone || candidate.lifecycle == Lifecycle::kDeleting) {
      continue;
    }
    const bool same_name = candidate.natural_key == Candidate::NaturalKey::kEqual;
    const bool unmarked = candidate.match == MarkMatch::kNone;
    const bool ours = candidate.match == MarkMatch::kOurs ||
                      (candidate.match == MarkMatch::kOursOtherUid && by_mark) ||
                      (same_name && unmarked && (by_name || appeared_after)) ||
                      (same_name && candidate.takeover == Candidate::Takeover::kApproved);
    if (ours) found.push_back(&candidate);
  }
  return found;
}

// Somebody else's instance under a name that only one may have.
const Candidate* NameHolder(const Question& q, const LookedUp& looked_up) {
  if (q.traits.natural_key_scope != NaturalKeyScope::kUnique) return nullptr;
  for (const auto& candidate : looked_up.candidates) {
    const bool there = candidate.lifecycle != Lifecycle::kGone;
    if (there && candidate.natural_key == Candidate::NaturalKey::kEqual) return &candidate;
  }
  return nullptr;
}

Decision NameTaken(const Question& q, const Candidate& holder) {
  if (holder.claimed_by) {
    return Hold{Reason::kAlreadyClaimed,
                "instance " + holder.external_name + " with this " + NaturalKeyField(q) +
                    " is held by " + ToString(*holder.claimed_by),
                {}};
  }
  if (holder.match == MarkMatch::kForeign || holder.match == MarkMatch::kOtherObject) {
    return Hold{Reason::kForeignOwner,
                NaturalKeyField(q) + " belongs to instance " + holder.external_name +
                    ", which bears another owner's mark; choose another name" +
                    (holder.match == MarkMatch::kForeign ? std::string(kTakeoverHint) : ""),
                {}};
  }
  return Hold{Reason::kNameTaken,
              NaturalKeyField(q) + " belongs to instance " + holder.external_name +
                  ", which nobody marked as ours; take it over with adoptionPolicy: ByNaturalKey "
                  "or externalName: " +
                  holder.external_name + ", or choose another name",
              {}};
}

Decision DecideCreate(const Question& q) {
  if (!Allows(q, ManagementPolicy::kCreate)) {
    return Hold{Reason::kNotFound,
                "there is no such instance and managementPolicies has no Create; name an existing "
                "one in spec.externalName",
                {}};
  }
  if (!q.object.meta.HasFinalizer(kFinalizerName)) return AddFinalizer{};
  if (auto refusal = RefuseMutation(q)) return *refusal;
  if (const auto* refused = std::get_if<ChurnClosed>(&q.circumstances.churn)) {
    return Hold{Reason::kChurnBudget, refused->message, {}};
  }
  return Create{CreateTry::kFresh, q.object.status.attempts + 1};
}

Decision DecideDoubt(const Question& q, const Doubt& doubt, const LookedUp& looked_up) {
  // The one way a visible name can contradict an open attempt: it is there and is not ours.
  if (const auto* holder = NameHolder(q, looked_up)) {
    if (looked_up.absent_reads < 2) {
      return Wait{Reason::kInDoubt, "a create of unknown fate is being resolved",
                  std::max(doubt.settled_at, looked_up.recheck_at)};
    }
    if (holder->match == MarkMatch::kNone && !holder->claimed_by) {
      return Contradiction("a create of unknown fate asked for " + NaturalKeyField(q) +
                           ", and instance " + holder->external_name + " has it without our mark");
    }
    if (auto refusal = RefuseUnverified(q)) return *refusal;
    return CloseIntent{"instance " + holder->external_name + " has the name and another's mark"};
  }
  if (q.now < doubt.settled_at) {
    return Wait{Reason::kInDoubt, "a create of unknown fate is being resolved", doubt.settled_at};
  }
  if (looked_up.absent_reads < 2) {
    return Wait{Reason::kInDoubt, "a create of unknown fate left nothing so far; looking again",
                looked_up.recheck_at};
  }
  if (auto refusal = RefuseUnverified(q)) return *refusal;
  return CloseIntent{"two complete lists after its deadline show nothing of it"};
}

Decision DecideLookedUp(const Question& q, const LookedUp& looked_up) {
  const auto ours = Adoptable(q, looked_up);
  if (ours.size() > 1) {
    std::string ids;
    for (const auto* candidate : ours) ids += (ids.empty() ? "" : ", ") + candidate->external_name;
    return Contradiction("several instances look like this object's: " + ids);
  }
  if (ours.size() == 1) {
    const bool marked = ours.front()->match != MarkMatch::kNone;
    const bool taken_over = ours.front()->takeover == Candidate::Takeover::kApproved;
    if (!q.object.meta.HasFinalizer(kFinalizerName) &&
        !q.object.spec.management_policies.ObserveOnly()) {
      return AddFinalizer{};
    }
    return Adopt{ours.front()->external_name, taken_over ? "a person approved taking it over"
                                              : marked   ? "bears our mark"
                                                         : "has our " + NaturalKeyField(q)};
  }
  if (q.object.intent_unreadable) {
    if (looked_up.absent_reads < 2) {
      return Wait{Reason::kInDoubt, "the recorded intent cannot be read; looking for what it made",
                  looked_up.recheck_at};
    }
    return Contradiction("the recorded intent cannot be read and nothing of ours is visible");
  }
  if (q.circumstances.doubt) return DecideDoubt(q, *q.circumstances.doubt, looked_up);
  if (const auto* holder = NameHolder(q, looked_up)) return NameTaken(q, *holder);
  return DecideCreate(q);
}

Decision DecideNotObserved(const Question& q) {
  const auto& doubt = q.circumstances.doubt;
  if (doubt && doubt->replay == Replay::kOpen && Allows(q, ManagementPolicy::kCreate)) {
    if (auto refusal = RefuseMutation(q)) return *refusal;
    return Create{CreateTry::kReplay, q.object.status.intent->attempt};
  }
  return LookUp{};
}

}  // namespace

Decision DecideUnbound(const Question& q) {
  struct Visit {
    const Question& q;
    Decision operator()(const NotObserved&) const { return DecideNotObserved(q); }
    Decision operator()(const ObserveFailed& failed) const { return Retry{failed.error}; }
    Decision operator()(const Absent&) const { return LookUp{}; }
    Decision operator()(const Present&) const { return LookUp{}; }
    Decision operator()(const LookedUp& looked_up) const { return DecideLookedUp(q, looked_up); }
  };
  return std::visit(Visit{q}, q.observed);
}

}  // namespace instanced
