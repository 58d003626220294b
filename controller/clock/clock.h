// Time and chance as arguments. Only this room and controller/config ask the system for either.
//
// Two kinds of time that cannot be mixed up: WallTime is for people, signatures and the churn
// ledger; MonotonicTime is for waits, budgets, leases and windows, means nothing outside this
// process, and is re-armed after a restart.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace instanced {

using Duration = std::chrono::nanoseconds;

// The tag of monotonic time points. It has no now(): ask a Clock.
struct MonotonicTag {
  using rep = std::int64_t;
  using period = std::nano;
  using duration = Duration;
  using time_point = std::chrono::time_point<MonotonicTag, Duration>;
  static constexpr bool is_steady = true;
};
using MonotonicTime = MonotonicTag::time_point;
using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;

// Threads: const and safe from any thread.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonotonicTime Now() const = 0;
  virtual WallTime WallNow() const = 0;
};

// A source of uniformly distributed 64-bit numbers. Not for secrets. One thread at a time.
class Random {
 public:
  virtual ~Random() = default;
  virtual std::uint64_t Next() = 0;
};

class SystemClock final : public Clock {
 public:
  MonotonicTime Now() const override;
  WallTime WallNow() const override;
};

// xoshiro256** seeded by the caller: the same seed gives the same numbers everywhere.
class SeededRandom final : public Random {
 public:
  explicit SeededRandom(std::uint64_t seed);
  std::uint64_t Next() override;

 private:
  std::uint64_t state_[4];
};

// A seed from the operating system, for the daemon's own SeededRandom.
std::uint64_t SystemSeed();

// Uniform in [0, bound); bound 0 gives 0.
std::uint64_t UniformBelow(Random& random, std::uint64_t bound);
// Uniform in [0, span).
Duration UniformBelow(Random& random, Duration span);

// "2026-01-15T12:00:00Z": RFC 3339, UTC, seconds.
std::string FormatRfc3339(WallTime time);
// The inverse, fractions and numeric offsets allowed; nothing for anything else.
std::optional<WallTime> ParseRfc3339(std::string_view text);

}  // namespace instanced
