// Whether an object's own status asks for a look now, or only for its next poll. Pure.
#pragma once

#include "api/object/condition.h"

namespace instanced {

// Of an InstanceObject or an InstanceView.
template <class Object>
bool IsUnsettled(const Object& object) {
  if (object.meta.IsDeleting() || object.status.intent || object.intent_unreadable) return true;
  if (object.status.observed_generation != object.meta.generation) return true;
  const auto* ready = object.status.conditions.Find(ConditionType::kReady);
  return !ready || ready->status != ConditionStatus::kTrue ||
         object.status.conditions.Find(ConditionType::kReconciling) != nullptr;
}

}  // namespace instanced
