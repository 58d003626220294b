#include "controller/reconcile/decide.h"

#include <algorithm>

#include "controller/reconcile/decide_parts.h"

namespace instanced {
namespace {

bool ForbidsMutation(const Question& q) {
  return !std::holds_alternative<AccountVerified>(q.circumstances.identity);
}

// What stands in the way of every cloud call, seen without looking at the cloud.
std::optional<Decision> Gate(const Question& q) {
  if (q.circumstances.pause == Pause::kPaused) {
    return Hold{Reason::kPaused,
                "paused by annotation " + std::string(kPausedAnnotation) + "; remove it to go on",
                {}};
  }
  if (const auto* mismatch = std::get_if<AccountMismatch>(&q.circumstances.identity)) {
    return Hold{Reason::kAccountMismatch,
                "the credential belongs to account " + mismatch->actual +
                    ", the ProviderConfig declares " + mismatch->declared +
                    "; nothing is touched until they agree, or a person approves it; see "
                    "instancectl brakes",
                {}};
  }
  const auto& status = q.object.status;
  if (!status.external_name.empty() && !status.bound_domain.empty() &&
      !q.circumstances.bound_domain.empty() &&
      status.bound_domain != q.circumstances.bound_domain) {
    return Hold{Reason::kAccountMismatch,
                "instance " + status.external_name + " was bound in " + status.bound_domain +
                    ", the ProviderConfig now leads to " + q.circumstances.bound_domain +
                    "; change it back, or declare a new object",
                {}};
  }
  return std::nullopt;
}

// Before the first look, not only before a create: whoever loses the record and is stopped once
// more would otherwise leave nothing that says that the instance is no longer wanted when its
// object goes. Only where the credential is known, so that a wrong one holds no object back from
// leaving.
bool LacksFinalizer(const Question& q) {
  return !q.object.meta.HasFinalizer(kFinalizerName) && !q.circumstances.bound_domain.empty() &&
         !q.object.spec.management_policies.ObserveOnly();
}

Decision DecideLive(const Question& q) {
  if (const auto* held = std::get_if<ClaimHeld>(&q.circumstances.claim)) {
    return Hold{Reason::kAlreadyClaimed,
                held->what + " is held by " + ToString(held->holder) +
                    "; this object makes no call until that one lets go",
                {}};
  }
  const auto& recorded = q.object.status.external_name;
  const auto& declared = q.object.spec.external_name;
  if (!recorded.empty() && !declared.empty() && recorded != declared) {
    return Hold{Reason::kImmutableField,
                "spec.externalName says " + declared + ", but this object is bound to " + recorded +
                    "; restore it, or declare a new object",
                {}};
  }
  if (LacksFinalizer(q)) return AddFinalizer{};
  if (!recorded.empty() || !declared.empty()) return DecideBound(q);
  return DecideUnbound(q);
}

// A brake on an object nobody asked to delete lets it be looked at and touches nothing at the
// cloud.
Decision WithBrake(const Question& q, Decision decision) {
  const auto* held = std::get_if<BrakeHeld>(&q.circumstances.brake);
  const bool looks =
      std::holds_alternative<Observe>(decision) || std::holds_alternative<LookUp>(decision) ||
      std::holds_alternative<Retry>(decision) || std::holds_alternative<Wait>(decision) ||
      std::holds_alternative<AddFinalizer>(decision);
  if (!held || looks) return decision;
  return Hold{Reason::kAwaitingApproval, held->message, {}};
}

}  // namespace

std::optional<Decision> RefuseUnverified(const Question& q) {
  if (const auto* unverified = std::get_if<AccountUnverified>(&q.circumstances.identity)) {
    return Hold{Reason::kAccountUnverified,
                "nobody could say whose credential this is (" + unverified->cause.message +
                    "); only looking until that is known",
                q.now + AskedAgainIn(*unverified)};
  }
  if (ForbidsMutation(q)) return Hold{Reason::kAccountMismatch, "wrong account", {}};
  if (q.circumstances.lease_left <= q.circumstances.call_deadline) {
    return Wait{Reason::kProgressing, "waiting for the lease to be renewed",
                q.now + std::chrono::seconds(1)};
  }
  return std::nullopt;
}

std::optional<Decision> RefuseMutation(const Question& q) {
  if (auto refusal = RefuseUnverified(q)) return refusal;
  if (q.circumstances.cooldown && q.now < q.circumstances.cooldown->until) {
    const auto& cooldown = *q.circumstances.cooldown;
    return CooldownDecision(cooldown);
  }
  return std::nullopt;
}

Decision Decide(const InstanceObject& desired, const Observed& observed,
                const Circumstances& circumstances, MonotonicTime now) {
  const Question q{desired, observed, circumstances, TraitsOf(desired.meta.key.kind), now};
  if (desired.meta.IsDeleting()) {
    if (!desired.meta.HasFinalizer(kFinalizerName)) return Done{Reason::kDeleting, "gone"};
    if (auto early = DecideDeletionEarly(q)) return *early;
    if (auto gate = Gate(q)) return *gate;
    return DecideDeletion(q);
  }
  if (auto gate = Gate(q)) return *gate;
  return WithBrake(q, DecideLive(q));
}

}  // namespace instanced
