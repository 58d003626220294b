#include "controller/provider/alibaba/time_text.h"

#include <array>
#include <charconv>
#include <string>

namespace instanced::alibaba {
namespace {

// Digits at a fixed place; nothing when the text is shorter or has something else there.
std::optional<int> Digits(std::string_view text, std::size_t at, std::size_t count) {
  if (text.size() < at + count) return std::nullopt;
  int number = 0;
  const char* first = text.data() + at;
  const auto [end, error] = std::from_chars(first, first + count, number);
  if (error != std::errc() || end != first + count || number < 0) return std::nullopt;
  return number;
}

using MaybeInt = std::optional<int>;

std::optional<WallTime> Compose(MaybeInt year, MaybeInt month, MaybeInt day, MaybeInt hour,
                                MaybeInt minute, MaybeInt second) {
  if (!year || !month || !day || !hour || !minute || !second) return std::nullopt;
  if (*hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return WallTime(std::chrono::sys_days(date)) + std::chrono::hours(*hour) +
         std::chrono::minutes(*minute) + std::chrono::seconds(*second);
}

}  // namespace

std::optional<WallTime> ParseHttpDate(std::string_view text) {
  constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  if (text.size() != 29 || !text.ends_with(" GMT") || text.substr(3, 2) != ", ") {
    return std::nullopt;
  }
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (text.substr(8, 3) != kMonths[i]) continue;
    return Compose(Digits(text, 12, 4), static_cast<int>(i) + 1, Digits(text, 5, 2),
                   Digits(text, 17, 2), Digits(text, 20, 2), Digits(text, 23, 2));
  }
  return std::nullopt;
}

std::optional<WallTime> ParseUtcTime(std::string_view text) {
  if (text.size() < 20 || text.back() != 'Z' || text[4] != '-' || text[7] != '-' ||
      text[10] != 'T' || text[13] != ':' || text[16] != ':' ||
      (text[19] != 'Z' && text[19] != '.')) {
    return std::nullopt;
  }
  return Compose(Digits(text, 0, 4), Digits(text, 5, 2), Digits(text, 8, 2), Digits(text, 11, 2),
                 Digits(text, 14, 2), Digits(text, 17, 2));
}

}  // namespace instanced::alibaba
