// A Clock that moves only when told to.
//
// Monotonic and wall time advance together; the wall can also jump alone, as an operator's
// correction of the system clock does. Threads: one.
#pragma once

#include <chrono>

#include "controller/clock/clock.h"

namespace instanced {

class ManualClock final : public Clock {
 public:
  // 2026-01-01T00:00:00Z unless said otherwise.
  static constexpr WallTime kWallStart{std::chrono::milliseconds(1767225600000)};
  explicit ManualClock(WallTime wall_start = kWallStart) : wall_offset_(wall_start) {}

  MonotonicTime Now() const override { return now_; }
  WallTime WallNow() const override {
    return wall_offset_ + std::chrono::floor<std::chrono::milliseconds>(now_.time_since_epoch());
  }

  void Advance(Duration by) { now_ += by; }
  void JumpWall(std::chrono::milliseconds by) { wall_offset_ += by; }

 private:
  MonotonicTime now_{};
  WallTime wall_offset_;
};

}  // namespace instanced
