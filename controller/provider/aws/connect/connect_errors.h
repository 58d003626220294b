// Amazon Connect's own errors (service model 2017-08-08).
#pragma once

#include <span>
#include <string_view>

#include "controller/provider/aws/aws_errors.h"

namespace instanced::aws {

std::span<const AwsErrorRule> ConnectErrors();

// The tables, and one exception to "never by message": an alias that is in use is answered as
// 400 InvalidRequestException, like any malformed request, and only the message tells. Getting it
// wrong is safe both ways: Validation and Taken both stall and probe, Taken with a look-up first.
AwsVerdict ClassifyConnect(Effect effect, std::string_view code, int http_status,
                           std::string_view message);

}  // namespace instanced::aws
