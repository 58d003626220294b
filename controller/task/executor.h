// Where coroutines are resumed: one loop, one thread, handles in, resumes out.
//
// The real one is Loop (Asio underneath); tests and the simulation bring executors that choose
// the order and own the time. Everything here runs on the executor's thread unless said otherwise.
#pragma once

#include <coroutine>
#include <cstdint>

#include "controller/clock/clock.h"

namespace instanced {

enum class TimerId : std::uint64_t {};

class Executor {
 public:
  virtual ~Executor() = default;

  // Resumes `ready` later, from the loop; never before this call returns.
  virtual void Post(std::coroutine_handle<> ready) = 0;
  // Resumes `ready` once Now() >= when.
  virtual TimerId PostAt(MonotonicTime when, std::coroutine_handle<> ready) = 0;
  // Forgets a timer that has not fired and says so; false, and nothing done, for one that has
  // (its handle is then posted already).
  virtual bool Cancel(TimerId timer) = 0;
  virtual MonotonicTime Now() const = 0;

  // The handle to resume next in place of `target`: `target` itself while the chain of direct
  // transfers is short, else a no-op after posting it. g++ 12 turns a symmetric transfer into a
  // tail call only at -O2 without sanitizers, so an unbounded chain would overflow the stack.
  std::coroutine_handle<> Transfer(std::coroutine_handle<> target) {
    if (++transfers_ < kTransfersMax) return target;
    transfers_ = 0;
    Post(target);
    return std::noop_coroutine();
  }

 protected:
  // Implementations call this before each resume from the loop.
  void BeginResume() { transfers_ = 0; }

 private:
  static constexpr int kTransfersMax = 64;
  int transfers_ = 0;
};

}  // namespace instanced
