// WorkElsewhere: who else acts, for people who ask a replica about what another one keeps.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "controller/lease/fence.h"

namespace instanced {

struct WorkElsewhere {
  Scope ours = Scope::kEverything;
  // Lease and holder ("pod-name_0123456789abcdef"), of each lease that another replica holds.
  std::vector<std::pair<std::string, std::string>> holders = {};
};

}  // namespace instanced
