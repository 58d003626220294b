// Task<T>: a lazy coroutine that one awaiter starts and one awaiter resumes.
//
// Promises: nothing runs before the task is awaited (or spawned in a TaskGroup); the frame lives
// inside the Task and goes with it, children included; the executor is inherited from the awaiter.
// Callers must await named objects, never temporaries with captures: g++ 12 destroys a capturing
// lambda inside a co_await expression twice. No exception may leave a task: failures are values,
// and an exception that escapes ends the process.
//
// Threads: the executor's thread only. Ownership: move-only.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include "controller/task/executor.h"

namespace instanced {

template <class T>
class Task;

// What every promise of this room shares; leaf awaitables find the executor here.
class TaskPromiseBase {
 public:
  Executor* executor = nullptr;
  std::coroutine_handle<> continuation;

  std::suspend_always initial_suspend() noexcept { return {}; }

  struct FinalAwaiter {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> done) noexcept {
      TaskPromiseBase& promise = done.promise();
      if (!promise.continuation) return std::noop_coroutine();
      return promise.executor->Transfer(promise.continuation);
    }
    void await_resume() noexcept {}
  };
  FinalAwaiter final_suspend() noexcept { return {}; }
  void unhandled_exception() noexcept { std::terminate(); }
};

template <class T>
class TaskPromise final : public TaskPromiseBase {
 public:
  Task<T> get_return_object();
  template <class U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T Take() { return std::move(*value_); }

 private:
  std::optional<T> value_;
};

template <>
class TaskPromise<void> final : public TaskPromiseBase {
 public:
  Task<void> get_return_object();
  void return_void() noexcept {}
  void Take() noexcept {}
};

template <class T = void>
class [[nodiscard]] Task {
 public:
  using promise_type = TaskPromise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  Task() = default;
  explicit Task(Handle handle) : handle_(handle) {}
  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    if (this != &other) {
      Reset();
      handle_ = std::exchange(other.handle_, nullptr);
    }
    return *this;
  }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  ~Task() { Reset(); }

  struct Awaiter {
    Handle child;
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> caller) noexcept {
      child.promise().executor = caller.promise().executor;
      child.promise().continuation = caller;
      return caller.promise().executor->Transfer(child);
    }
    T await_resume() { return child.promise().Take(); }
  };
  // Awaiting starts the task; the Task must outlive the await and is spent afterwards.
  Awaiter operator co_await() && noexcept { return Awaiter{handle_}; }
  Awaiter operator co_await() & noexcept { return Awaiter{handle_}; }

 private:
  void Reset() {
    if (handle_) handle_.destroy();
    handle_ = nullptr;
  }
  Handle handle_;
};

template <class T>
Task<T> TaskPromise<T>::get_return_object() {
  return Task<T>(Task<T>::Handle::from_promise(*this));
}
inline Task<void> TaskPromise<void>::get_return_object() {
  return Task<void>(Task<void>::Handle::from_promise(*this));
}

}  // namespace instanced
