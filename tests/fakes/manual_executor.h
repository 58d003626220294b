// An Executor in virtual time, one resume at a time, in an order the test owns.
//
// Promises: nothing runs unless asked to; time passes only in Advance(); without a Random ready
// handles run first come, first served; with one, its seed decides the whole interleaving.
// Timers due at one instant become ready in the order they were set.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "controller/clock/clock.h"
#include "controller/task/executor.h"
#include "tests/fakes/manual_clock.h"

namespace instanced {

class ManualExecutor final : public Executor {
 public:
  // First come, first served.
  explicit ManualExecutor(WallTime wall_start = ManualClock::kWallStart);
  // `order` picks the next among the ready; it must outlive the executor.
  explicit ManualExecutor(Random& order, WallTime wall_start = ManualClock::kWallStart);

  void Post(std::coroutine_handle<> ready) override;
  TimerId PostAt(MonotonicTime when, std::coroutine_handle<> ready) override;
  bool Cancel(TimerId timer) override;
  MonotonicTime Now() const override { return clock_.Now(); }

  // Resumes one ready handle; false when none is.
  bool RunOne();
  // Resumes until none is ready, without moving time; gives the number of resumes.
  std::size_t RunUntilIdle();
  // Runs until idle, then moves time by `by`, stopping at each timer to run what it made ready.
  void Advance(Duration by);
  // Advances to the next timer and runs it; false without one.
  bool AdvanceToNextTimer();
  // Moves time to the next timer and makes ready what is due, but resumes nothing.
  bool MoveToNextTimer();
  std::optional<MonotonicTime> NextTimer() const;

  // Forgets every handle, as a crash does. Destroy the task groups afterwards.
  void DropAll();

  std::size_t ready_count() const { return ready_.size(); }
  std::size_t timer_count() const { return timers_.size(); }
  // The same virtual time as a Clock; jump its wall here.
  ManualClock& clock() { return clock_; }

 private:
  void FireDue();

  using TimerKey = std::pair<MonotonicTime, std::uint64_t>;
  ManualClock clock_;
  Random* order_ = nullptr;
  std::deque<std::coroutine_handle<>> ready_;
  std::map<TimerKey, std::coroutine_handle<>> timers_;
  std::map<std::uint64_t, MonotonicTime> timer_times_;
  std::uint64_t last_timer_ = 0;
};

}  // namespace instanced
