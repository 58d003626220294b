// Both clouds' security token services: who a key belongs to, and web identities turned into
// session credentials. A web identity token is accepted unless it begins with "invalid" or
// "expired"; the account is the one in the role's ARN.
#pragma once

#include <map>

#include "tests/cloudsim/api/credentials.h"
#include "tests/cloudsim/world/ask.h"

namespace instanced::cloudsim {

// Whether the operation is sent unsigned.
bool IsUnsigned(const std::string& operation);

Outcome AwsSts(const std::string& operation, const Ask& ask, World& world, CredentialBook& book,
               const Recorder& record, Millis wall);
Outcome AlibabaSts(const std::string& operation, const Ask& ask, World& world, CredentialBook& book,
                   const Recorder& record, Millis wall);

}  // namespace instanced::cloudsim
