// Times and names as people read them.
#pragma once

#include <string>

#include <google/protobuf/timestamp.pb.h>

#include "api/admin/v1/admin.pb.h"
#include "controller/clock/clock.h"

namespace instanced::ctl {

WallTime ToWallTime(const google::protobuf::Timestamp& time);
void SetTime(google::protobuf::Timestamp& target, WallTime time);
// "2026-01-15T12:00:00Z"
std::string TimeText(const google::protobuf::Timestamp& time);
// "45s", "12m", "5h30m", "3d4h", "412d": two units at most, like kubectl's AGE. "0s" for the
// future.
std::string AgeText(WallTime since, WallTime now);
// "in 45s", or "now" when it has come.
std::string UntilText(WallTime when, WallTime now);

// "ConnectInstance/default/front-desk"
std::string NameOf(const admin::v1::ObjectReference& key);

}  // namespace instanced::ctl
