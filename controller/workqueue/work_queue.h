// WorkQueue: which key to look at next. Fair, deduplicating, delayed, prioritised; keys only.
//
// Promises:
//  - A key waits at most once, however often it is added: the earliest time and the highest
//    priority of all its adds hold.
//  - At most one worker has a key. A key added while it runs runs once more after Done.
//  - Three priorities with ageing (ageing.h); inside one, namespaces take turns (fair_order.h).
//  - After ShutDown nothing is accepted and scheduled keys are dropped; ready ones are still
//    handed out, and Drained() tells when all of it is over.
// The caller must call Done exactly once for every key it got.
//
// Time is an argument and must not run backwards. Memory: about 130 bytes per scheduled key.
// Threads: the loop's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "controller/clock/clock.h"
#include "controller/workqueue/ageing.h"
#include "controller/workqueue/fair_order.h"
#include "controller/workqueue/key_table.h"
#include "controller/workqueue/priority.h"

namespace instanced {

// What the workqueue_* metrics show. Counters grow for ever.
struct WorkQueueStats {
  std::uint64_t adds = 0;     // keys that became ready: workqueue_adds_total
  std::uint64_t retries = 0;  // AddRateLimited: workqueue_retries_total
  std::array<std::size_t, kPriorities> depth{};
  std::size_t scheduled = 0;
  std::size_t running = 0;
  Duration unfinished{};       // summed age of what runs: workqueue_unfinished_work_seconds
  Duration longest_running{};  // workqueue_longest_running_processor_seconds
};

class WorkQueue {
 public:
  struct Item {
    ObjectKey key;
    Priority priority = Priority::kUrgent;
    Duration queued_for{};
  };

  explicit WorkQueue(AgeingOptions options = {}) : order_(nodes_), ageing_(options) {}

  void Add(const ObjectKey& key, Priority priority, MonotonicTime now);
  void AddAt(const ObjectKey& key, Priority priority, MonotonicTime when, MonotonicTime now);
  void AddAfter(const ObjectKey& key, Priority priority, Duration delay, MonotonicTime now) {
    AddAt(key, priority, now + delay, now);
  }
  // AddAfter for what failed: counted as a retry.
  void AddRateLimited(const ObjectKey& key, Priority priority, Duration delay, MonotonicTime now);

  // The key whose turn it is; nothing when none is due.
  std::optional<Item> Get(MonotonicTime now);
  // Ends the work on a key and tells how long it took; zero for a key that was not running.
  Duration Done(const ObjectKey& key, MonotonicTime now);
  // Drops a waiting or scheduled key; one that runs is not run again.
  void Forget(const ObjectKey& key);

  // When Get next has something: now, a later time, or nothing.
  std::optional<MonotonicTime> NextDue(MonotonicTime now) const;

  void ShutDown();
  bool Drained() const { return shut_down_ && running_ == 0 && ready_ == 0; }

  // O(keys).
  WorkQueueStats Stats(MonotonicTime now) const;

 private:
  enum class Wait : std::uint8_t { kNone, kScheduled, kReady };
  enum class Work : std::uint8_t { kIdle, kRunning };
  // Invariants: a ready idle key is in order_; a ready running key is not, and joins it at Done; a
  // scheduled key is in heap_; a key that neither waits nor runs is not in the table.
  struct State {
    MonotonicTime since;  // when it became ready; a scheduled key's due time is in heap_
    MonotonicTime started;
    std::uint32_t heap_at = 0;
    Priority priority = Priority::kUrgent;
    Wait wait = Wait::kNone;
    Work work = Work::kIdle;
  };

  KeySlot SlotFor(const ObjectKey& key);
  void MakeReady(KeySlot slot, Priority priority, MonotonicTime since);
  void Enqueue(KeySlot slot);
  void Schedule(KeySlot slot, Priority priority, MonotonicTime when);
  void Advance(MonotonicTime now);
  void StopWaiting(KeySlot slot);

  // Due times stand in the heap itself: sifting reads no state of the keys it passes.
  struct Scheduled {
    MonotonicTime due;
    KeySlot slot = kNoSlot;
  };
  void HeapPush(Scheduled scheduled);
  void HeapRemove(KeySlot slot);
  void SiftUp(std::uint32_t at);
  void SiftDown(std::uint32_t at);
  void HeapSet(std::uint32_t at, Scheduled scheduled);

  KeyTable keys_;
  BlockArray<State> states_;
  FairNodes nodes_;
  FairOrder order_;
  Ageing ageing_;
  std::vector<Scheduled> heap_;  // by due, four children to a node
  std::size_t running_ = 0;
  std::size_t ready_ = 0;  // waiting ready keys, running ones included
  std::uint64_t adds_ = 0;
  std::uint64_t retries_ = 0;
  bool shut_down_ = false;
};

}  // namespace instanced
