// Whether an object's deletion would reach the cloud, as far as the object itself says. What would
// not is no part of a mass deletion. Pure.
#pragma once

#include "api/kinds/object.h"
#include "api/kinds/packed_instance.h"

namespace instanced {

inline bool IsPaused(const StringPairs& annotations) {
  const auto* paused = FindValue(annotations, kPausedAnnotation);
  return paused && *paused == "true";
}
inline bool IsPaused(const PackedList& annotations) { return IsPaused(annotations.Pairs()); }

// Of an InstanceObject or an InstanceView.
template <class Object>
bool DeletionReachesCloud(const Object& object) {
  const auto& spec = object.spec;
  return object.meta.IsDeleting() && spec.deletion_policy == DeletionPolicy::kDelete &&
         spec.management_policies.Allows(ManagementPolicy::kDelete) &&
         spec.prevent_destroy == PreventDestroy::kNo && !IsPaused(object.meta.annotations);
}

}  // namespace instanced
