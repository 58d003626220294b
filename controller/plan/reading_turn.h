// ReadingTurn: the calls of one read, held in the budget all or none, for a reader that is no
// object's pass: a plan, a sweep for orphans. Without it, readers that get some of their calls and
// not all would spend the account's rate on reads that never end.
//
// The turn is asked for at drift priority, under a key of the reader's own, so that it takes
// nothing from the pass of the object that is read; what a read did not use goes back with Over().
//
// Threads: the loop's. Ownership: borrows what Deps names.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "controller/budget/budget.h"
#include "controller/task/stop.h"
#include "controller/task/task.h"

namespace instanced {

class ReadingTurn {
 public:
  struct Deps {
    Budget* budget;  // null: there is no rate to keep to
    const Clock& clock;
    StopToken stop;
    MonotonicTime give_up_at;
  };
  // `reader` tells readers of one object apart: "plan".
  ReadingTurn(Deps deps, const ObjectKey& object, std::string_view reader);

  enum class Outcome { kHeld, kNotInTime };
  Task<Outcome> Await(Domain domain, std::span<const std::string_view> operations);
  void Over();

  // What the read's calls are made under.
  const ObjectKey& key() const { return key_; }

 private:
  Deps deps_;
  ObjectKey key_;
};

}  // namespace instanced
