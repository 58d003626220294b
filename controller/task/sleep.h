// Waiting on the loop. For loops of their own (sweeps, rescans, lease renewal), never in a pass.
#pragma once

#include <coroutine>

#include "controller/task/executor.h"
#include "controller/task/stop.h"
#include "controller/task/task.h"

namespace instanced {

// co_await SleepUntil{when}; wakes early, once, when `stop` is requested.
class SleepUntil {
 public:
  explicit SleepUntil(MonotonicTime when, StopToken stop = {})
      : when_(when), stop_(std::move(stop)) {}
  SleepUntil(const SleepUntil&) = delete;
  SleepUntil& operator=(const SleepUntil&) = delete;
  ~SleepUntil() {
    if (executor_ && armed_) executor_->Cancel(timer_);
  }
  bool await_ready() const { return stop_.StopRequested(); }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> caller) {
    executor_ = caller.promise().executor;
    timer_ = executor_->PostAt(when_, caller);
    armed_ = true;
    registration_ = stop_.OnStop([this, caller] {
      // A timer that has fired will resume the caller by itself; twice would be once too many.
      if (executor_->Cancel(timer_)) timer_ = executor_->PostAt(executor_->Now(), caller);
    });
  }
  void await_resume() { armed_ = false; }

 private:
  MonotonicTime when_;
  StopToken stop_;
  Executor* executor_ = nullptr;
  TimerId timer_{};
  bool armed_ = false;
  StopRegistration registration_;
};

// co_await CurrentExecutor{}: the executor this coroutine runs on.
class CurrentExecutor {
 public:
  bool await_ready() const noexcept { return false; }
  template <class Promise>
  bool await_suspend(std::coroutine_handle<Promise> caller) noexcept {
    executor_ = caller.promise().executor;
    return false;
  }
  Executor& await_resume() const noexcept { return *executor_; }

 private:
  Executor* executor_ = nullptr;
};

}  // namespace instanced
