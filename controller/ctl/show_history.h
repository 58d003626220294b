// What happened, as text: oldest first, so that the newest stands where the eye is.
#pragma once

#include <string>

#include "api/admin/v1/admin.pb.h"
#include "controller/ctl/show_objects.h"

namespace instanced::ctl {

enum class ObjectColumn { kLeaveOut, kShow };
std::string ShowHistory(const admin::v1::HistoryResponse& answer, ObjectColumn objects,
                        const ObjectView& view);

}  // namespace instanced::ctl
