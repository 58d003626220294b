#include "controller/provider/aws/aws_time.h"

#include <array>
#include <charconv>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace instanced::aws {
namespace {

constexpr double kSecondsMin = -62135596800.0;  // 0001-01-01
constexpr double kSecondsMax = 253402300799.0;  // 9999-12-31

// Reads fixed fields from the left; fails for good at the first thing that does not fit.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}
  bool failed() const { return failed_; }
  std::string_view rest() const { return rest_; }

  int Digits(std::size_t count) {
    if (failed_ || rest_.size() < count) return Failed();
    int value = 0;
    for (const char c : rest_.substr(0, count)) {
      if (c < '0' || c > '9') return Failed();
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(count);
    return value;
  }
  void Literal(std::string_view expected) {
    if (failed_ || !rest_.starts_with(expected)) {
      failed_ = true;
      return;
    }
    rest_.remove_prefix(expected.size());
  }
  bool TryLiteral(std::string_view expected) {
    if (failed_ || !rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  // The digits of a fraction, as milliseconds; further digits are dropped.
  int Fraction() {
    int value = 0;
    int scale = 100;
    std::size_t used = 0;
    for (; used < rest_.size() && rest_[used] >= '0' && rest_[used] <= '9'; ++used) {
      value += (rest_[used] - '0') * scale;
      scale /= 10;
    }
    if (used == 0) return Failed();
    rest_.remove_prefix(used);
    return value;
  }

 private:
  int Failed() {
    failed_ = true;
    return 0;
  }
  std::string_view rest_;
  bool failed_ = false;
};

struct Civil {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0;
};

std::optional<WallTime> ToWallTime(const Civil& civil) {
  const std::chrono::year_month_day date{std::chrono::year{civil.year},
                                         std::chrono::month{static_cast<unsigned>(civil.month)},
                                         std::chrono::day{static_cast<unsigned>(civil.day)}};
  if (!date.ok() || civil.hour > 23 || civil.minute > 59 || civil.second > 60) return std::nullopt;
  return WallTime(std::chrono::sys_days{date}) + std::chrono::hours{civil.hour} +
         std::chrono::minutes{civil.minute} + std::chrono::seconds{civil.second} +
         std::chrono::milliseconds{civil.millisecond};
}

std::optional<WallTime> FromSeconds(double seconds) {
  if (!std::isfinite(seconds) || seconds < kSecondsMin || seconds > kSecondsMax) {
    return std::nullopt;
  }
  return WallTime(std::chrono::milliseconds{std::llround(seconds * 1000.0)});
}

int MonthNumber(std::string_view name) {
  static constexpr std::array<std::string_view, 12> kMonths{
      "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  for (std::size_t i = 0; i < kMonths.size(); ++i) {
    if (kMonths[i] == name) return static_cast<int>(i) + 1;
  }
  return 0;
}

}  // namespace

std::string FormatAmzDate(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{std::chrono::floor<std::chrono::seconds>(time - day)};
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::optional<WallTime> ParseIso8601(std::string_view text) {
  Scanner scan(text);
  Civil civil;
  civil.year = scan.Digits(4);
  scan.Literal("-");
  civil.month = scan.Digits(2);
  scan.Literal("-");
  civil.day = scan.Digits(2);
  if (!scan.TryLiteral("T")) scan.Literal(" ");
  civil.hour = scan.Digits(2);
  scan.Literal(":");
  civil.minute = scan.Digits(2);
  scan.Literal(":");
  civil.second = scan.Digits(2);
  if (scan.TryLiteral(".")) civil.millisecond = scan.Fraction();
  std::chrono::minutes offset{0};
  if (!scan.TryLiteral("Z")) {
    const int sign = scan.TryLiteral("-") ? -1 : 1;
    if (sign == 1) scan.Literal("+");
    const int hours = scan.Digits(2);
    scan.TryLiteral(":");
    offset = std::chrono::minutes{sign * (hours * 60 + scan.Digits(2))};
  }
  if (scan.failed() || !scan.rest().empty()) return std::nullopt;
  const auto local = ToWallTime(civil);
  if (!local) return std::nullopt;
  return *local - offset;
}

std::optional<WallTime> ParseHttpDate(std::string_view text) {
  const auto comma = text.find(", ");
  if (comma == std::string_view::npos) return std::nullopt;
  Scanner scan(text.substr(comma + 2));
  Civil civil;
  civil.day = scan.Digits(2);
  scan.Literal(" ");
  if (scan.failed() || scan.rest().size() < 3) return std::nullopt;
  civil.month = MonthNumber(scan.rest().substr(0, 3));
  if (civil.month == 0) return std::nullopt;
  scan.Literal(scan.rest().substr(0, 3));
  scan.Literal(" ");
  civil.year = scan.Digits(4);
  scan.Literal(" ");
  civil.hour = scan.Digits(2);
  scan.Literal(":");
  civil.minute = scan.Digits(2);
  scan.Literal(":");
  civil.second = scan.Digits(2);
  scan.Literal(" GMT");
  if (scan.failed() || !scan.rest().empty()) return std::nullopt;
  return ToWallTime(civil);
}

std::optional<WallTime> TimeFromJson(const nlohmann::json& value) {
  if (value.is_number()) return FromSeconds(value.get<double>());
  if (!value.is_string()) return std::nullopt;
  const auto& text = value.get_ref<const std::string&>();
  if (const auto time = ParseIso8601(text)) return time;
  double seconds = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, seconds);
  if (parsed.ec != std::errc{} || parsed.ptr != end) return std::nullopt;
  return FromSeconds(seconds);
}

}  // namespace instanced::aws
