// TaskGroup: owns root tasks, so that everything started has somebody who waits for it.
//
// Promises: a spawned task starts on the next turn of the loop; Join() returns when none is left.
// Destroying a group with live tasks destroys their frames where they stand (the simulation's
// crash); the executor must by then have dropped every handle it holds for them.
#pragma once

#include <coroutine>
#include <cstddef>
#include <unordered_set>
#include <utility>

#include "controller/task/task.h"

namespace instanced {

class TaskGroup {
 public:
  explicit TaskGroup(Executor& executor) : executor_(executor) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup() {
    auto roots = std::move(roots_);
    roots_.clear();
    for (void* root : roots) std::coroutine_handle<>::from_address(root).destroy();
  }

  void Spawn(Task<void> task) {
    Root root = Drive(*this, std::move(task));
    root.handle.promise().executor = &executor_;
    roots_.insert(root.handle.address());
    executor_.Post(root.handle);
  }
  std::size_t size() const { return roots_.size(); }

  // At most one joiner at a time.
  auto Join() {
    struct Awaiter {
      TaskGroup& group;
      bool await_ready() const { return group.roots_.empty(); }
      void await_suspend(std::coroutine_handle<> caller) { group.joiner_ = caller; }
      void await_resume() const {}
    };
    return Awaiter{*this};
  }

 private:
  struct Root {
    struct promise_type {
      Executor* executor = nullptr;
      Root get_return_object() {
        return Root{std::coroutine_handle<promise_type>::from_promise(*this)};
      }
      std::suspend_always initial_suspend() noexcept { return {}; }
      std::suspend_never final_suspend() noexcept { return {}; }
      void return_void() noexcept {}
      void unhandled_exception() noexcept { std::terminate(); }
    };
    std::coroutine_handle<promise_type> handle;
  };

  struct SelfAwaiter {
    std::coroutine_handle<> self;
    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> caller) noexcept {
      self = caller;
      return false;
    }
    void* await_resume() const noexcept { return self.address(); }
  };

  static Root Drive(TaskGroup& group, Task<void> task) {
    SelfAwaiter self_awaiter{};
    void* self = co_await self_awaiter;
    {
      Task<void> running = std::move(task);
      co_await running;
    }
    group.Finish(self);
  }

  void Finish(void* root) {
    roots_.erase(root);
    if (roots_.empty() && joiner_) executor_.Post(std::exchange(joiner_, nullptr));
  }

  Executor& executor_;
  std::unordered_set<void*> roots_;
  std::coroutine_handle<> joiner_;
};

}  // namespace instanced
