// The parts of decide(), one file each; nobody outside this room includes it.
#pragma once

#include <algorithm>
#include <optional>
#include <string_view>

#include "controller/reconcile/facts.h"

namespace instanced {

// Everything decide() was asked with.
struct Question {
  const InstanceObject& object;
  const Observed& observed;
  const Circumstances& circumstances;
  const KindTraits& traits;
  MonotonicTime now;
};

inline bool Allows(const Question& q, ManagementPolicy policy) {
  return q.object.spec.management_policies.Allows(policy);
}

// decide.cc: why the account cannot be relied upon; nothing when evidence from it counts.
std::optional<Decision> RefuseUnverified(const Question& q);
// When somebody is asked again whose credential it is: connectors ask no sooner, and a token
// service that was away for a moment must not hold anybody for long.
inline constexpr Duration kIdentityAskedAgain = std::chrono::seconds(30);
// A question that only waits for its turn is asked when that comes.
inline Duration AskedAgainIn(const AccountUnverified& unverified) {
  const Error& cause = unverified.cause;
  if (cause.error_class != ErrorClass::kDeferred) return kIdentityAskedAgain;
  return std::clamp<Duration>(cause.retry_after.value_or(std::chrono::milliseconds(500)),
                              std::chrono::milliseconds(50), kIdentityAskedAgain);
}
// decide.cc: what forbids a mutating call here and now; nothing when it may be made.
std::optional<Decision> RefuseMutation(const Question& q);

// What a person may do about another installation's mark.
inline constexpr std::string_view kTakeoverHint =
    ", or approve taking it over; see instancectl brakes";

// decide_bound.cc: an id is recorded or declared.
Decision DecideBound(const Question& q);

// decide_unbound.cc: no id is known; there may be an open intent.
Decision DecideUnbound(const Question& q);

// decide_deletion.cc: what settles a deletion before any cloud is asked (pause, preventDestroy,
// Retain, release, another holder), and the rest.
std::optional<Decision> DecideDeletionEarly(const Question& q);
Decision DecideDeletion(const Question& q);

// retry_table.cc: how a recent failure shows until it may be tried again.
Decision CooldownDecision(const Cooldown& cooldown);

}  // namespace instanced
