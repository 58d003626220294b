// From explanations, budgets and plugins to the messages of api/admin/v1.
#pragma once

#include "api/admin/v1/admin.pb.h"
#include "controller/admin/backend.h"

namespace instanced {

void Fill(admin::v1::ExplainResponse& message, const Explanation& explanation);
void Fill(admin::v1::BudgetsResponse& message, const BudgetsReport& report);
void Fill(admin::v1::PluginsResponse& message, const std::vector<PluginReport>& plugins);

}  // namespace instanced
