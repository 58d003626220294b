#include "controller/clock/clock.h"

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
  return Duration(static_cast<std::int64_t>(
      UniformBelow(random, static_cast<std::uint64_t>(span.count()))));
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

}  // namespace instanced
