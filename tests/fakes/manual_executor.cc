#include "tests/fakes/manual_executor.h"

#include <algorithm>

namespace instanced {

ManualExecutor::ManualExecutor(WallTime wall_start) : clock_(wall_start) {}

ManualExecutor::ManualExecutor(Random& order, WallTime wall_start)
    : clock_(wall_start), order_(&order) {}

void ManualExecutor::Post(std::coroutine_handle<> ready) { ready_.push_back(ready); }

TimerId ManualExecutor::PostAt(MonotonicTime when, std::coroutine_handle<> ready) {
  const std::uint64_t id = ++last_timer_;
  timers_.emplace(TimerKey{when, id}, ready);
  timer_times_.emplace(id, when);
  FireDue();
  return TimerId{id};
}

bool ManualExecutor::Cancel(TimerId timer) {
  const auto id = static_cast<std::uint64_t>(timer);
  const auto found = timer_times_.find(id);
  if (found == timer_times_.end()) return false;
  timers_.erase({found->second, id});
  timer_times_.erase(found);
  return true;
}

bool ManualExecutor::RunOne() {
  if (ready_.empty()) return false;
  const std::size_t pick = order_ ? UniformBelow(*order_, ready_.size()) : 0;
  const auto next = ready_.begin() + static_cast<std::ptrdiff_t>(pick);
  const std::coroutine_handle<> handle = *next;
  ready_.erase(next);
  BeginResume();
  handle.resume();
  return true;
}

std::size_t ManualExecutor::RunUntilIdle() {
  std::size_t resumes = 0;
  while (RunOne()) ++resumes;
  return resumes;
}

void ManualExecutor::Advance(Duration by) {
  const MonotonicTime end = Now() + by;
  RunUntilIdle();
  while (!timers_.empty() && timers_.begin()->first.first <= end) AdvanceToNextTimer();
  clock_.Advance(end - Now());
}

bool ManualExecutor::MoveToNextTimer() {
  const auto next = NextTimer();
  if (!next) return false;
  clock_.Advance(std::max(*next - Now(), Duration::zero()));
  FireDue();
  return true;
}

bool ManualExecutor::AdvanceToNextTimer() {
  if (!MoveToNextTimer()) return false;
  RunUntilIdle();
  return true;
}

std::optional<MonotonicTime> ManualExecutor::NextTimer() const {
  if (timers_.empty()) return std::nullopt;
  return timers_.begin()->first.first;
}

void ManualExecutor::DropAll() {
  ready_.clear();
  timers_.clear();
  timer_times_.clear();
}

void ManualExecutor::FireDue() {
  while (!timers_.empty() && timers_.begin()->first.first <= Now()) {
    const auto first = timers_.begin();
    ready_.push_back(first->second);
    timer_times_.erase(first->first.second);
    timers_.erase(first);
  }
}

}  // namespace instanced
