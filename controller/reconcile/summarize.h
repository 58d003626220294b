// From a decision and what was observed to the four conditions, exactly as kstatus reads them.
// Pure.
#pragma once

#include <string_view>

#include "api/kinds/status.h"
#include "controller/reconcile/facts.h"

namespace instanced {

// Updates `status.conditions` and `status.observed_generation` for this pass.
//  - Ready says what the cloud said last; a failed read leaves it as it was.
//  - Synced says whether the last pass agreed or could do what it wanted.
//  - Reconciling is there while something is on its way; Stalled while a person or a slow probe is
//    needed. Never both.
//  - A paused object is neither, and its observedGeneration stays: nothing was acted upon.
void Summarize(const InstanceObject& object, const Observed& observed, const Decision& decision,
               std::string_view now_rfc3339, InstanceStatus& status);

}  // namespace instanced
