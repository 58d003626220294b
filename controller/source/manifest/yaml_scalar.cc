#include <charconv>
#include <cmath>
#include <limits>
#include <optional>

#include <re2/re2.h>

#include "controller/source/manifest/yaml_node.h"

namespace instanced {
namespace {

using nlohmann::json;

template <std::size_t N>
bool In(const std::string_view (&words)[N], std::string_view text) {
  for (const auto word : words) {
    if (word == text) return true;
  }
  return false;
}

constexpr std::string_view kTrue[]{"y",    "Y",    "yes", "Yes", "YES", "true",
                                   "True", "TRUE", "on",  "On",  "ON"};
constexpr std::string_view kFalse[]{"n",     "N",     "no",  "No",  "NO", "false",
                                    "False", "FALSE", "off", "Off", "OFF"};
constexpr std::string_view kNull[]{"", "~", "null", "Null", "NULL"};
constexpr std::string_view kNotFinite[]{".nan",  ".NaN",  ".NAN",  ".inf",  ".Inf",  ".INF",
                                        "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf", "-.INF"};

std::string WithoutUnderscores(std::string_view text) {
  std::string plain(text);
  std::erase(plain, '_');
  return plain;
}

// Base by prefix: 0x, 0b, 0o, and 0 alone for octal.
std::optional<json> Integer(std::string_view digits) {
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  if (digits.size() > 1 && digits[0] == '0') {
    const char mark = static_cast<char>(digits[1] | 0x20);
    base = mark == 'x' ? 16 : mark == 'b' ? 2 : 8;
    digits.remove_prefix(mark == 'x' || mark == 'b' || mark == 'o' ? 2 : 1);
  }
  std::uint64_t value = 0;
  const auto* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, value, base);
  if (digits.empty() || error != std::errc() || stop != end) return std::nullopt;
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (!negative) return value <= kMax ? json(static_cast<std::int64_t>(value)) : json(value);
  if (value > kMax + 1) return std::nullopt;
  return json(static_cast<std::int64_t>(0 - value));
}

std::optional<json> Floating(std::string plain) {
  static const RE2 kFloat(R"([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)");
  if (!RE2::FullMatch(plain, kFloat)) return std::nullopt;
  if (plain.starts_with('+')) plain.erase(0, 1);
  double value = 0;
  const auto result = std::from_chars(plain.data(), plain.data() + plain.size(), value);
  if (result.ec != std::errc()) return std::nullopt;
  constexpr double kExact = 9007199254740992.0;  // 2^53: JSON writes a whole number without a dot
  if (std::floor(value) == value && std::abs(value) <= kExact) {
    return json(static_cast<std::int64_t>(value));
  }
  return json(value);
}

}  // namespace

json ResolvePlainScalar(std::string_view text) {
  if (In(kNull, text)) return nullptr;
  if (In(kTrue, text)) return true;
  if (In(kFalse, text)) return false;
  if (In(kNotFinite, text)) return std::numeric_limits<double>::quiet_NaN();
  constexpr std::string_view kFirst = "+-.0123456789";
  if (kFirst.find(text.front()) == std::string_view::npos) return std::string(text);
  const std::string plain = WithoutUnderscores(text);
  if (auto value = Integer(plain)) return *std::move(value);
  if (auto value = Floating(plain)) return *std::move(value);
  return std::string(text);
}

}  // namespace instanced
