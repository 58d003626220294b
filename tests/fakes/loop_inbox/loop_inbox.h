// LoopInbox: a loop in virtual time that other threads may post to; runs one task to its end.
//
// Threads: Poster() from any; the rest from the test's.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

#include "controller/task/task.h"
#include "controller/task/task_group.h"
#include "tests/fakes/manual_executor.h"

namespace instanced {

class LoopInbox final {
 public:
  std::function<void(std::function<void()>)> Poster() {
    return [this](std::function<void()> work) {
      {
        const std::scoped_lock lock(mutex_);
        work_.push_back(std::move(work));
      }
      wake_.notify_one();
    };
  }

  // Runs the loop until `done` holds; false when nothing arrives for `patience`.
  template <class Done>
  bool RunUntil(Done done, std::chrono::seconds patience = std::chrono::seconds(30)) {
    while (true) {
      executor_.RunUntilIdle();
      if (done()) return true;
      std::function<void()> work;
      {
        std::unique_lock lock(mutex_);
        if (!wake_.wait_for(lock, patience, [this] { return !work_.empty(); })) return false;
        work = std::move(work_.front());
        work_.pop_front();
      }
      work();
    }
  }

  template <class T>
  T Await(Task<T> task) {
    std::optional<T> result;
    group_.Spawn(Store(std::move(task), &result));
    RunUntil([&] { return result.has_value(); });
    return std::move(result.value());
  }

  ManualExecutor& executor() { return executor_; }
  TaskGroup& group() { return group_; }

 private:
  template <class T>
  static Task<void> Store(Task<T> task, std::optional<T>* result) {
    result->emplace(co_await task);
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> work_;
  ManualExecutor executor_;
  TaskGroup group_{executor_};
};

}  // namespace instanced
