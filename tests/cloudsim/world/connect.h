// Amazon Connect, API 2017-08-08, as a state machine: the ten instance operations.
// Facts: docs.aws.amazon.com/connect/latest/APIReference and the public service model.
#pragma once

#include <map>

#include "tests/cloudsim/world/ask.h"

namespace instanced::cloudsim {

const std::map<std::string, Operation>& ConnectOperations();

}  // namespace instanced::cloudsim
