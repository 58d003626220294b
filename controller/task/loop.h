// Loop: the daemon's one loop thread, an Executor over Boost.Asio.
//
// Promises: handles are resumed in the order they were posted; I/O and timers are looked at
// between turns, so a busy pass starves neither. Timers fire at or after their time. What is posted
// through urgent() is resumed before everything else, also within a turn.
// Tasks, groups and HTTP clients that use the loop must be destroyed before it, and a loop whose
// groups were destroyed with live tasks must not be run again.
//
// Threads: Run() makes the calling thread the loop's thread. Only PostFromAnyThread() and Stop()
// may be called from others. Ownership: handles are borrowed, never destroyed here.
#pragma once

#include <coroutine>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "controller/clock/clock.h"
#include "controller/task/executor.h"
#include "controller/task/task.h"
#include "controller/task/task_group.h"

namespace instanced {

class Loop final : public Executor {
 public:
  // `clock` must run with the system's steady clock: sleeping is the kernel's.
  explicit Loop(const Clock& clock);
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;
  ~Loop() override;

  void Post(std::coroutine_handle<> ready) override;
  TimerId PostAt(MonotonicTime when, std::coroutine_handle<> ready) override;
  bool Cancel(TimerId timer) override;
  MonotonicTime Now() const override;

  // The same loop, for the few tasks nothing may hold up (leases). Tasks inherit it from whoever
  // awaits them. Lives as long as the loop.
  Executor& urgent();

  // Runs until Stop(). A Stop() that came before makes it return at once; each stops one Run.
  void Run();
  // Runs until `done()` holds, asked between turns, or Stop().
  void RunUntil(const std::function<bool()>& done);
  // Ends Run() after the current turn. Any thread, also a callback of the loop.
  void Stop();

  // Calls `work` on the loop's thread, in the order given. Any thread; the loop must outlive the
  // call. Work still queued when the loop is destroyed is dropped.
  void PostFromAnyThread(std::function<void()> work);

  // Calls `action` on the loop for each arrival of `signal` from now on.
  void OnSignal(int signal, std::function<void()> action);

 private:
  friend struct LoopAccess;
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

namespace loop_detail {
template <class T>
Task<void> Store(Task<T> task, std::optional<T>* result) {
  result->emplace(co_await task);
}
}  // namespace loop_detail

// Runs one task to its end on the loop; for tests and mains. Nothing else may call Stop().
template <class T>
T RunBlocking(Loop& loop, Task<T> task) {
  std::optional<T> result;
  TaskGroup group(loop);
  group.Spawn(loop_detail::Store<T>(std::move(task), &result));
  loop.RunUntil([&] { return group.size() == 0; });
  return std::move(*result);
}

inline void RunBlocking(Loop& loop, Task<void> task) {
  TaskGroup group(loop);
  group.Spawn(std::move(task));
  loop.RunUntil([&] { return group.size() == 0; });
}

}  // namespace instanced
