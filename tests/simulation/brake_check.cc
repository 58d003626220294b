#include "tests/simulation/brake_check.h"

#include <algorithm>

#include "controller/budget/brake_book.h"

namespace instanced {
namespace {

constexpr Duration kKnown = BrakeOptions{}.window + std::chrono::minutes(2);

bool IsBound(const InstancePtr& object) { return object && !object->status.external_name.empty(); }

// The brakes are asked about it: it goes because somebody deleted it, and nothing forbids that.
bool IsAskedAbout(const InstanceObject& object) {
  const auto& spec = object.spec;
  return object.meta.IsDeleting() && spec.deletion_policy == DeletionPolicy::kDelete &&
         spec.prevent_destroy == PreventDestroy::kNo &&
         spec.management_policies.Allows(ManagementPolicy::kDelete) &&
         FindValue(object.meta.annotations, kPausedAnnotation) == nullptr;
}

}  // namespace

void BrakeCheck::Written(const InstancePtr& before, const InstancePtr& after) {
  const bool same = before && after && before->meta.uid == after->meta.uid;
  if (IsBound(after)) bound_since_.try_emplace(after->meta.uid, world_.Now());
  const bool left = IsBound(before) && !(same && IsBound(after));
  if (left && !asked_.contains(before->meta.uid)) quiet_exit_[before->meta.key.kind] = world_.Now();
}

bool BrakeCheck::AllLeaveTogether(const InstanceObject& last) const {
  int known = 0;
  for (const auto& object : world_.objects.Instances()) {
    if (object->meta.key.kind != last.meta.key.kind || !IsBound(object)) continue;
    if (!IsAskedAbout(*object) || !asked_.contains(object->meta.uid)) return false;
    const auto since = bound_since_.find(object->meta.uid);
    if (since != bound_since_.end() && world_.Now() - since->second > kKnown) ++known;
  }
  return known >= 2;
}

void BrakeCheck::DeleteSent(const InstanceObject& object) {
  const bool first = asked_.insert(object.meta.uid).second;
  if (!first || people_.approving_since() || world_.ledger_failed) return;
  const auto exit = quiet_exit_.find(object.meta.key.kind);
  if (exit != quiet_exit_.end() && world_.Now() - exit->second < kKnown) return;
  if (!AllLeaveTogether(object)) return;
  world_.Violate("the last instance of " + std::string(ToString(object.meta.key.kind)) +
                 " is deleted and nobody approved: " + ToString(object.meta.key));
}

}  // namespace instanced
