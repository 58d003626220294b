// Controller: runs passes for keys as they become due, one per key, many in flight.
//
// It queues keys from the informer's changes, from the budget's turns, from finished list sweeps
// and from each pass's own When. It holds no retry logic: when to come back is the pass's answer.
// No pass starts before the informer has synced: half a list knows neither all claims nor how many
// objects a brake counts.
//
// Threads: the loop's. Ownership: everything in Deps outlives it; passes run in the TaskGroup.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <vector>

#include "controller/informer/informer.h"
#include "controller/reconcile/reconciler.h"
#include "controller/task/signal.h"
#include "controller/task/task_group.h"
#include "controller/workqueue/work_queue.h"

namespace instanced {

// Keys whose turn has come elsewhere (the budget).
struct TurnSource {
  std::function<std::vector<ObjectKey>(MonotonicTime now)> pop;
  std::function<std::optional<MonotonicTime>(MonotonicTime now)> next;
};

class Controller {
 public:
  struct Deps {
    const Clock& clock;
    WorkQueue& queue;
    Reconciler& reconciler;
    TaskGroup& passes;
    TurnSource turns;
    // A pass has ended: how long its key had waited in the queue, and how long the work took.
    std::function<void(Duration waited, Duration worked)> pass_ended = {};
  };
  explicit Controller(Deps deps) : deps_(std::move(deps)) {}

  // The informer's handler.
  void OnChange(const Change& change);
  void Wake(const ObjectKey& key, Priority priority);
  // The right to act was taken: every object is looked at as after a restart, what is unsettled now
  // and the rest as its poll is due.
  void TakeOver(const ObjectCache& cache);
  // Looks for due keys again: the budget may have given a turn.
  void Nudge() { signal_.Notify(); }

  // Starts passes until `stop`; passes in flight go on in their TaskGroup.
  Task<void> Run(StopToken stop);
  // Starts the pass of exactly one due key; false when none is due. For tests and the simulation.
  bool Step();

  std::size_t in_flight() const { return in_flight_; }

 private:
  void OnInstance(const Change& change, const InstanceObject& object);
  void LookInTurn(const InstanceObject& object);
  enum class Dispatched { kAll, kPart };  // of what is due and has room
  Dispatched Dispatch();
  bool StartNext();
  Task<void> RunPass(WorkQueue::Item item);
  std::optional<MonotonicTime> NextDue() const;

  Deps deps_;
  Signal signal_;
  std::size_t in_flight_ = 0;
  bool synced_ = false;
};

// Predicate: whether a change can matter to a pass. Our own status writes cannot.
bool SpecChanged(const InstanceObject& before, const InstanceObject& now);
// The same for those who use it: the finalizer that holds it while it is in use cannot.
bool SpecChanged(const ProviderConfigObject& before, const ProviderConfigObject& now);

}  // namespace instanced
