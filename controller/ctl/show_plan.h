// A plan as text for a terminal, and as Markdown for a comment on a change.
#pragma once

#include <string>

#include "api/admin/v1/admin.pb.h"
#include "controller/ctl/run.h"
#include "controller/ctl/show_objects.h"

namespace instanced::ctl {

std::string ShowPlan(const admin::v1::PlanResponse& plan, const ObjectView& view);
std::string ShowPlanAsMarkdown(const admin::v1::PlanResponse& plan);

// 1: a manifest has a problem or an object could not be planned; 2: something would change or a
// brake would hold it; 0: nothing would.
ExitCode ExitCodeOf(const admin::v1::PlanResponse& plan);

}  // namespace instanced::ctl
