// Tag rules the two AWS services share.
#pragma once

#include "tests/cloudsim/world/ask.h"

namespace instanced::cloudsim {

// Empty when the tags are acceptable, else what is wrong. `limit` is the most a resource may have.
std::string TagFault(const std::map<std::string, std::string>& tags, std::size_t limit);

}  // namespace instanced::cloudsim
