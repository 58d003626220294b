// AWS Supply Chain, API 2024-01-01, as a state machine: the eight instance operations.
// Facts: the public service model; how long Deleted stays readable is an assumption (Settings).
#pragma once

#include <map>

#include "tests/cloudsim/world/ask.h"

namespace instanced::cloudsim {

const std::map<std::string, Operation>& SupplyChainOperations();

}  // namespace instanced::cloudsim
