// Alibaba Cloud OutboundBot, API 2019-12-26: synchronous, no states, unique names per account.
#pragma once

#include <map>

#include "tests/cloudsim/world/ask.h"

namespace instanced::cloudsim {

const std::map<std::string, Operation>& OutboundBotOperations();

// The instance the cloud itself keeps in every account; made once, never deletable.
void EnsurePreset(World& world, const std::string& account, Millis now);

}  // namespace instanced::cloudsim
