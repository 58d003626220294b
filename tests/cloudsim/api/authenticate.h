// Who sent a request: signature, clock and session token checked, or the cloud's own refusal.
#pragma once

#include <expected>

#include "tests/cloudsim/api/aws_signature.h"
#include "tests/cloudsim/api/credentials.h"
#include "tests/cloudsim/world/ask.h"

namespace instanced::cloudsim {

// `service` is the signing name the path calls for (connect, scn, sts); `wall` this server's idea
// of real time in ms.
std::expected<Caller, Refusal> AuthenticateAws(const Request& request, const std::string& service,
                                               const CredentialBook& book, AwsSigner& signer,
                                               Millis wall);

// V1 or V3, as the Authorization header says. `parameters`: query and form, decoded. A nonce is
// spent only by a correct signature.
std::expected<Caller, Refusal> AuthenticateAlibaba(const Request& request, const Pairs& parameters,
                                                   CredentialBook& book, Millis wall);

}  // namespace instanced::cloudsim
