// Signal: wakes one waiter, now or at its deadline, whichever comes first. Auto-reset.
//
// A Notify() without a waiter is remembered once, so none is lost between two waits. One that comes
// when the deadline has fired and the waiter's turn has not is told by that turn: the waiter reads
// what it waits for after it was woken, so nothing that was there before its turn is missed.
// Threads: the executor's thread only. The Signal outlives its waiter.
#pragma once

#include <coroutine>
#include <optional>
#include <utility>

#include "controller/task/executor.h"

namespace instanced {

class Signal {
 public:
  void Notify() {
    notified_ = true;
    const auto waiter = std::exchange(waiter_, nullptr);
    if (!waiter) return;
    const auto timer = std::exchange(timer_, std::nullopt);
    // A deadline that has fired resumes the waiter by itself, and twice would be once too many.
    if (!timer || executor_->Cancel(*timer)) executor_->Post(waiter);
  }

  // co_await signal.Wait(deadline): nothing for no deadline.
  class Awaiter {
   public:
    Awaiter(Signal& signal, std::optional<MonotonicTime> deadline)
        : signal_(signal), deadline_(deadline) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    ~Awaiter() { Disarm(); }
    bool await_ready() const { return signal_.notified_; }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> caller) {
      signal_.executor_ = caller.promise().executor;
      signal_.waiter_ = caller;
      waiting_ = true;
      if (deadline_) signal_.timer_ = signal_.executor_->PostAt(*deadline_, caller);
    }
    void await_resume() {
      Disarm();
      signal_.notified_ = false;
    }

   private:
    void Disarm() {
      if (!std::exchange(waiting_, false)) return;
      signal_.waiter_ = nullptr;
      if (signal_.timer_) signal_.executor_->Cancel(*std::exchange(signal_.timer_, std::nullopt));
    }
    Signal& signal_;
    std::optional<MonotonicTime> deadline_;
    bool waiting_ = false;
  };
  Awaiter Wait(std::optional<MonotonicTime> deadline) { return Awaiter(*this, deadline); }

 private:
  friend class Awaiter;
  bool notified_ = false;
  std::coroutine_handle<> waiter_;
  std::optional<TimerId> timer_;
  Executor* executor_ = nullptr;
};

}  // namespace instanced
