#include "controller/clock/duration.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <utility>

namespace instanced {
namespace {

using std::chrono::milliseconds;

struct Unit {
  std::string_view name;
  std::int64_t count_ms;
};
// "ms" before "m": the longer name is tried first.
constexpr std::array<Unit, 5> kUnits = {Unit{"ms", 1}, Unit{"d", 86'400'000}, Unit{"h", 3'600'000},
                                        Unit{"m", 60'000}, Unit{"s", 1000}};
constexpr std::int64_t kLongestMs = 36'500LL * 86'400'000;

const Unit* UnitAt(std::string_view text) {
  for (const Unit& unit : kUnits) {
    if (text.starts_with(unit.name)) return &unit;
  }
  return nullptr;
}

}  // namespace

std::optional<std::chrono::nanoseconds> ParseDuration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total_ms = 0;
  while (!text.empty()) {
    std::uint32_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const Unit* unit = UnitAt(text);
    if (unit == nullptr || number > kLongestMs / unit->count_ms) return std::nullopt;
    text.remove_prefix(unit->name.size());
    total_ms += number * unit->count_ms;
    if (total_ms > kLongestMs) return std::nullopt;
  }
  return milliseconds(total_ms);
}

std::string FormatDuration(std::chrono::nanoseconds duration) {
  auto left = std::chrono::duration_cast<milliseconds>(duration).count();
  if (left <= 0) return "0s";
  constexpr std::array<Unit, 5> kLargestFirst = {Unit{"d", 86'400'000}, Unit{"h", 3'600'000},
                                                 Unit{"m", 60'000}, Unit{"s", 1000}, Unit{"ms", 1}};
  std::string text;
  for (const Unit& unit : kLargestFirst) {
    if (left < unit.count_ms) continue;
    text += std::to_string(left / unit.count_ms);
    text += unit.name;
    left %= unit.count_ms;
  }
  return text;
}

}  // namespace instanced
