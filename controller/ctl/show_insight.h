// Explanations, budgets and orphans as text.
#pragma once

#include <string>

#include "api/admin/v1/admin.pb.h"
#include "controller/ctl/show_objects.h"

namespace instanced::ctl {

std::string ShowExplanation(const admin::v1::ExplainResponse& answer, const ObjectView& view);
std::string ShowBudgets(const admin::v1::BudgetsResponse& answer, const ObjectView& view);
std::string ShowOrphans(const admin::v1::OrphansResponse& answer, const ObjectView& view);

}  // namespace instanced::ctl
