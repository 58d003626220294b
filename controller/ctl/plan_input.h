// What a plan is made from: manifests of a directory, and without a daemon a state file.
#pragma once

#include <filesystem>

#include "api/admin/v1/admin.pb.h"
#include "controller/clock/clock.h"
#include "controller/ctl/admin_client.h"

namespace instanced::ctl {

// The request for the plan of a directory; one that is not there is told as vanished. An empty
// path: of what is declared already. Fails on a file that cannot be read.
CtlResult<admin::v1::PlanRequest> ReadPlanRequest(const std::filesystem::path& directory);

// The same plan without daemon and clouds; `state` may be empty.
CtlResult<admin::v1::PlanResponse> PlanOffline(const admin::v1::PlanRequest& request,
                                               const std::filesystem::path& state,
                                               const Clock& clock);

}  // namespace instanced::ctl
