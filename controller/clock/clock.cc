#include "controller/clock/clock.h"

#include <charconv>
#include <ctime>
#include <random>

namespace instanced {
namespace {

std::uint64_t SplitMix(std::uint64_t& state) {
  std::uint64_t z = (state += 0x9e3779b97f4a7c15ULL);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

constexpr std::uint64_t RotateLeft(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

// Takes `digits` digits from the front of `text`.
std::optional<int> TakeNumber(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return std::nullopt;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
  if (error != std::errc() || end != text.data() + digits || value < 0) return std::nullopt;
  text.remove_prefix(digits);
  return value;
}

bool TakeChar(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

std::chrono::milliseconds TakeFraction(std::string_view& text) {
  if (!TakeChar(text, '.')) return {};
  int scale = 100;
  int millis = 0;
  while (!text.empty() && text.front() >= '0' && text.front() <= '9') {
    millis += (text.front() - '0') * scale;
    scale /= 10;
    text.remove_prefix(1);
  }
  return std::chrono::milliseconds(millis);
}

std::optional<std::chrono::minutes> TakeOffset(std::string_view& text) {
  if (TakeChar(text, 'Z') || TakeChar(text, 'z')) return std::chrono::minutes(0);
  const bool west = !text.empty() && text.front() == '-';
  if (!TakeChar(text, '+') && !TakeChar(text, '-')) return std::nullopt;
  const auto hours = TakeNumber(text, 2);
  if (!hours || !TakeChar(text, ':')) return std::nullopt;
  const auto minutes = TakeNumber(text, 2);
  if (!minutes) return std::nullopt;
  const auto offset = std::chrono::minutes(*hours * 60 + *minutes);
  return west ? -offset : offset;
}

}  // namespace

MonotonicTime SystemClock::Now() const {
  return MonotonicTime(std::chrono::steady_clock::now().time_since_epoch());
}

WallTime SystemClock::WallNow() const {
  return std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
}

SeededRandom::SeededRandom(std::uint64_t seed) {
  for (auto& word : state_) word = SplitMix(seed);
}

std::uint64_t SeededRandom::Next() {
  const std::uint64_t result = RotateLeft(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = RotateLeft(state_[3], 45);
  return result;
}

std::uint64_t SystemSeed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

std::uint64_t UniformBelow(Random& random, std::uint64_t bound) {
  if (bound == 0) return 0;
  // Multiply-shift: the bias is below 2^-64 * bound, far under what a backoff can show.
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>(random.Next()) * bound) >> 64);
}

Duration UniformBelow(Random& random, Duration span) {
  if (span <= Duration::zero()) return Duration::zero();
  return Duration(
      static_cast<std::int64_t>(UniformBelow(random, static_cast<std::uint64_t>(span.count()))));
}

std::string FormatRfc3339(WallTime time) {
  const std::time_t seconds =
      std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  const auto size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts);
  return std::string(text, size);
}

std::optional<WallTime> ParseRfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto year_number = TakeNumber(text, 4);
  if (!year_number || !TakeChar(text, '-')) return std::nullopt;
  const auto month_number = TakeNumber(text, 2);
  if (!month_number || !TakeChar(text, '-')) return std::nullopt;
  const auto day_number = TakeNumber(text, 2);
  if (!day_number || !(TakeChar(text, 'T') || TakeChar(text, 't'))) return std::nullopt;
  const auto hour = TakeNumber(text, 2);
  if (!hour || *hour > 23 || !TakeChar(text, ':')) return std::nullopt;
  const auto minute = TakeNumber(text, 2);
  if (!minute || *minute > 59 || !TakeChar(text, ':')) return std::nullopt;
  const auto second = TakeNumber(text, 2);
  if (!second || *second > 60) return std::nullopt;
  const auto fraction = TakeFraction(text);
  const auto offset = TakeOffset(text);
  if (!offset || !text.empty()) return std::nullopt;
  const year_month_day date{year(*year_number), month(static_cast<unsigned>(*month_number)),
                            day(static_cast<unsigned>(*day_number))};
  if (!date.ok()) return std::nullopt;
  return WallTime(sys_days(date) + hours(*hour) + minutes(*minute) + seconds(*second) + fraction -
                  *offset);
}

}  // namespace instanced
