// AWS Supply Chain's own errors (service model 2024-01-01): all seven on any operation.
#pragma once

#include <span>
#include <string_view>

#include "controller/provider/aws/aws_errors.h"

namespace instanced::aws {

std::span<const AwsErrorRule> SupplyChainErrors();

// ConflictException: a create is refused because webAppDnsDomain is taken (the provider reads it as
// Busy when none was asked for: no other field is unique); a change, because the instance is
// changing already.
AwsVerdict ClassifySupplyChain(Effect effect, std::string_view code, int http_status,
                               std::string_view message);

}  // namespace instanced::aws
