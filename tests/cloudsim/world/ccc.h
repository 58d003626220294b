// Alibaba Cloud CCC, API 2017-07-05, as a state machine: GetInstance, ListInstancesOfUser,
// CreateInstance, DeleteInstance. Error codes are those of the 2020-07-01 family of the same
// product; the 2017 ones are not documented.
#pragma once

#include <map>

#include "tests/cloudsim/world/ask.h"

namespace instanced::cloudsim {

const std::map<std::string, Operation>& CccOperations();

}  // namespace instanced::cloudsim
