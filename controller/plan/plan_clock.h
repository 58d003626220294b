// PlanClock: the time a plan runs through. It begins at the real clocks' now and stands still but
// where the plan moves it, so that a plan never waits.
//
// Threads: one.
#pragma once

#include <algorithm>

#include "controller/clock/clock.h"

namespace instanced {

class PlanClock final : public Clock {
 public:
  explicit PlanClock(const Clock& real)
      : begun_(real.Now()), wall_begun_(real.WallNow()), now_(begun_) {}

  MonotonicTime Now() const override { return now_; }
  WallTime WallNow() const override {
    return wall_begun_ + std::chrono::floor<std::chrono::milliseconds>(now_ - begun_);
  }
  // Never back.
  void MoveTo(MonotonicTime when) { now_ = std::max(now_, when); }

 private:
  MonotonicTime begun_;
  WallTime wall_begun_;
  MonotonicTime now_;
};

}  // namespace instanced
