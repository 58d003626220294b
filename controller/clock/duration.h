// Durations as people write them: "500ms", "30s", "5m", "1h30m", "30d".
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace instanced {

// Whole numbers with a unit each (ms, s, m, h, d), largest unit first or not. Nothing for an empty
// text, a missing or unknown unit, a sign, a fraction, or more than about 100 years.
std::optional<std::chrono::nanoseconds> ParseDuration(std::string_view text);

// The shortest text that ParseDuration reads back as the same whole milliseconds.
std::string FormatDuration(std::chrono::nanoseconds duration);

}  // namespace instanced
