// The two date spellings Alibaba's servers use. Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "controller/clock/clock.h"

namespace instanced::alibaba {

// "Thu, 15 Jan 2026 12:00:00 GMT": the Date header (RFC 9110, preferred form only).
std::optional<WallTime> ParseHttpDate(std::string_view text);
// "2026-01-15T12:00:00Z", with or without a fraction of a second: Expiration of a credential.
std::optional<WallTime> ParseUtcTime(std::string_view text);

}  // namespace instanced::alibaba
