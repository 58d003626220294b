// co_await NextTurn(): goes on behind everything that is ready by now, so that long work in small
// parts keeps nobody waiting for all of it.
// Threads: the executor's thread only.
#pragma once

#include <coroutine>

#include "controller/task/executor.h"

namespace instanced {

class NextTurn {
 public:
  bool await_ready() const { return false; }
  template <class Promise>
  void await_suspend(std::coroutine_handle<Promise> caller) {
    caller.promise().executor->Post(caller);
  }
  void await_resume() const {}
};

}  // namespace instanced
