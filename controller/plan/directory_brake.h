// Which brake the state of a manifest directory raises: the daemon and its plans say the same.
// Pure; any thread.
#pragma once

#include <optional>

#include "controller/budget/brake_cause.h"
#include "controller/source/file/snapshot_plan.h"

namespace instanced {

// Nothing for a directory that can be believed.
std::optional<BrakeCause> CauseOf(DirectoryState state);

}  // namespace instanced
