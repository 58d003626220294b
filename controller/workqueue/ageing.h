// Ageing: which priority class is served next, so that none waits for ever.
//
// The highest class that has anybody waiting is served, except that a lower class whose oldest
// member has waited `ageing` gets one turn in every `aged_turn`. So an endless stream of urgent
// work leaves a quarter (by default) to what has waited long, and a large backlog of old drift
// polls never takes more than that quarter from urgent work.
//
// Pure; time is an argument.
#pragma once

#include <array>
#include <optional>

#include "controller/clock/clock.h"
#include "controller/workqueue/priority.h"

namespace instanced {

struct AgeingOptions {
  Duration ageing = std::chrono::seconds(30);
  int aged_turn = 4;
};

// Since when the oldest member of each class has waited; nothing for an empty class.
using OldestWaiting = std::array<std::optional<MonotonicTime>, kPriorities>;

class Ageing {
 public:
  explicit Ageing(AgeingOptions options) : options_(options) {}

  // The class whose turn it is; nothing when nobody waits.
  std::optional<Priority> Pick(const OldestWaiting& oldest, MonotonicTime now) const;
  // Tells that a member of `served` got its turn; `oldest` as it was for Pick.
  void Served(Priority served, const OldestWaiting& oldest, MonotonicTime now);

 private:
  std::optional<Priority> AgedBelow(std::size_t top, const OldestWaiting& oldest,
                                    MonotonicTime now) const;

  AgeingOptions options_;
  // How often in a row an aged class was passed over.
  int passed_over_ = 0;
};

}  // namespace instanced
