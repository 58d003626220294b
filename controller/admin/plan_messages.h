// A plan as a message of api/admin/v1: for the daemon's answer, and for plans made offline.
#pragma once

#include "api/admin/v1/admin.pb.h"
#include "controller/plan/plan_report.h"

namespace instanced {

void Fill(admin::v1::PlanResponse& message, const PlanReport& report);

}  // namespace instanced
