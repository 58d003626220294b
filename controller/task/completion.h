// Completion<T>: the bridge from a callback to a co_await. One setter, one waiter.
//
// Set() runs on the executor's thread (another thread posts to the loop first). The waiter may be
// destroyed before Set(); the value is then dropped. Copies share one state.
#pragma once

#include <coroutine>
#include <memory>
#include <optional>
#include <utility>

#include "controller/task/executor.h"

namespace instanced {

template <class T>
class Completion {
 public:
  Completion() : state_(std::make_shared<State>()) {}

  // The first value wins; later ones are ignored.
  void Set(T value) const {
    if (state_->value) return;
    state_->value.emplace(std::move(value));
    if (state_->waiter) state_->executor->Post(std::exchange(state_->waiter, nullptr));
  }
  bool IsSet() const { return state_->value.has_value(); }

 private:
  struct State {
    std::optional<T> value;
    std::coroutine_handle<> waiter;
    Executor* executor = nullptr;
  };

 public:
  class Awaiter {
   public:
    explicit Awaiter(std::shared_ptr<State> state) : state_(std::move(state)) {}
    Awaiter(const Awaiter&) = delete;
    Awaiter& operator=(const Awaiter&) = delete;
    ~Awaiter() { state_->waiter = nullptr; }
    bool await_ready() const { return state_->value.has_value(); }
    template <class Promise>
    void await_suspend(std::coroutine_handle<Promise> caller) {
      state_->executor = caller.promise().executor;
      state_->waiter = caller;
    }
    T await_resume() { return std::move(*state_->value); }

   private:
    std::shared_ptr<State> state_;
  };
  Awaiter operator co_await() const { return Awaiter(state_); }

 private:
  std::shared_ptr<State> state_;
};

}  // namespace instanced
