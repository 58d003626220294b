// The four spellings of time in AWS answers and requests. Pure; any thread.
//
// Facts: restJson1 sends epoch seconds as a JSON number, fractions allowed; some servers send
// ISO 8601 text instead; credentials and STS send ISO 8601; HTTP's Date is RFC 9110's IMF-fixdate.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "controller/clock/clock.h"

namespace instanced::aws {

// "20150830T123600Z"
std::string FormatAmzDate(WallTime time);
// "2026-01-15T12:00:00Z", "2026-01-15T12:00:00.25+01:00"; nothing for anything else.
std::optional<WallTime> ParseIso8601(std::string_view text);
// "Thu, 15 Jan 2026 12:00:00 GMT"
std::optional<WallTime> ParseHttpDate(std::string_view text);
// A number of seconds, a number in text, or ISO 8601 text. Nothing outside the years 0001 to 9999.
std::optional<WallTime> TimeFromJson(const nlohmann::json& value);

}  // namespace instanced::aws
