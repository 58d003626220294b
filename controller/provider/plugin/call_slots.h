// CallSlots: how many calls may be under way at the same time; first come, first served.
// Threads: the loop's. Ownership: outlives its holders and waiters.
#pragma once

#include <cstddef>
#include <deque>
#include <utility>
#include <variant>

#include "controller/task/completion.h"
#include "controller/task/task.h"

namespace instanced::plugin {

class CallSlots {
 public:
  // Gives its slot to the next waiter when destroyed.
  class Slot {
   public:
    explicit Slot(CallSlots* slots) : slots_(slots) {}
    Slot(Slot&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
    Slot& operator=(Slot&&) = delete;
    ~Slot() {
      if (slots_) slots_->Release();
    }

   private:
    CallSlots* slots_;
  };

  // 0: no limit. Takes effect with the next Take.
  void SetLimit(std::size_t limit) { limit_ = limit; }
  std::size_t taken() const { return taken_; }
  std::size_t waiting() const { return waiting_.size(); }

  Task<Slot> Take() {
    while (limit_ > 0 && taken_ >= limit_) {
      const Completion<std::monostate> turn;
      waiting_.push_back(turn);
      co_await turn;
    }
    ++taken_;
    co_return Slot(this);
  }

 private:
  void Release() {
    --taken_;
    if (waiting_.empty()) return;
    const auto next = std::move(waiting_.front());
    waiting_.pop_front();
    next.Set({});
  }

  std::size_t limit_ = 0;
  std::size_t taken_ = 0;
  std::deque<Completion<std::monostate>> waiting_;
};

}  // namespace instanced::plugin
