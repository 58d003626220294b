#include "controller/workqueue/work_queue.h"

#include <algorithm>

namespace instanced {

KeySlot WorkQueue::SlotFor(const ObjectKey& key) {
  const KeySlot slot = keys_.Intern(key);
  states_.Reach(slot);
  return slot;
}

void WorkQueue::Add(const ObjectKey& key, Priority priority, MonotonicTime now) {
  if (shut_down_) return;
  Advance(now);
  MakeReady(SlotFor(key), priority, now);
}

void WorkQueue::AddAt(const ObjectKey& key, Priority priority, MonotonicTime when,
                      MonotonicTime now) {
  if (shut_down_) return;
  Advance(now);
  const KeySlot slot = SlotFor(key);
  if (when <= now) return MakeReady(slot, priority, now);
  Schedule(slot, priority, when);
}

void WorkQueue::AddRateLimited(const ObjectKey& key, Priority priority, Duration delay,
                               MonotonicTime now) {
  if (shut_down_) return;
  ++retries_;
  AddAfter(key, priority, delay, now);
}

void WorkQueue::MakeReady(KeySlot slot, Priority priority, MonotonicTime since) {
  State& state = states_[slot];
  if (state.wait == Wait::kReady) {
    if (priority >= state.priority) return;
    state.priority = priority;
    if (state.work == Work::kRunning) return;
    order_.Remove(slot);
    order_.Push(slot, keys_.NamespaceOf(slot), priority, state.since);
    return;
  }
  if (state.wait == Wait::kScheduled) {
    HeapRemove(slot);
    priority = Higher(priority, state.priority);
  }
  state.wait = Wait::kReady;
  state.priority = priority;
  state.since = since;
  ++adds_;
  ++ready_;
  if (state.work == Work::kIdle) Enqueue(slot);
}

void WorkQueue::Enqueue(KeySlot slot) {
  const State& state = states_[slot];
  order_.Push(slot, keys_.NamespaceOf(slot), state.priority, state.since);
}

void WorkQueue::Schedule(KeySlot slot, Priority priority, MonotonicTime when) {
  State& state = states_[slot];
  if (state.wait == Wait::kReady) return;
  if (state.wait == Wait::kScheduled) {
    state.priority = Higher(priority, state.priority);
    if (when >= heap_[state.heap_at].due) return;
    heap_[state.heap_at].due = when;
    return SiftUp(state.heap_at);
  }
  state.wait = Wait::kScheduled;
  state.priority = priority;
  HeapPush({when, slot});
}

void WorkQueue::Advance(MonotonicTime now) {
  while (!heap_.empty() && heap_.front().due <= now) {
    const auto [due, slot] = heap_.front();
    MakeReady(slot, states_[slot].priority, due);
  }
}

std::optional<WorkQueue::Item> WorkQueue::Get(MonotonicTime now) {
  Advance(now);
  const OldestWaiting oldest = order_.Oldest();
  const auto turn = ageing_.Pick(oldest, now);
  if (!turn) return std::nullopt;
  ageing_.Served(*turn, oldest, now);
  const KeySlot slot = order_.PopFront(*turn);
  State& state = states_[slot];
  state.wait = Wait::kNone;
  state.work = Work::kRunning;
  state.started = now;
  ++running_;
  --ready_;
  return Item{keys_.KeyOf(slot), *turn, now - state.since};
}

Duration WorkQueue::Done(const ObjectKey& key, MonotonicTime now) {
  const KeySlot slot = keys_.Find(key);
  if (slot == kNoSlot || states_[slot].work == Work::kIdle) return Duration::zero();
  State& state = states_[slot];
  const Duration took = now - state.started;
  state.work = Work::kIdle;
  --running_;
  if (state.wait == Wait::kReady) Enqueue(slot);
  if (state.wait == Wait::kNone) keys_.Release(slot);
  return took;
}

void WorkQueue::StopWaiting(KeySlot slot) {
  State& state = states_[slot];
  if (state.wait == Wait::kScheduled) HeapRemove(slot);
  if (state.wait == Wait::kReady) {
    --ready_;
    if (state.work == Work::kIdle) order_.Remove(slot);
  }
  state.wait = Wait::kNone;
  if (state.work == Work::kIdle) keys_.Release(slot);
}

void WorkQueue::Forget(const ObjectKey& key) {
  const KeySlot slot = keys_.Find(key);
  if (slot != kNoSlot) StopWaiting(slot);
}

std::optional<MonotonicTime> WorkQueue::NextDue(MonotonicTime now) const {
  if (!order_.empty()) return now;
  // A running key's schedule counts too: it is early at worst, and Get then finds nothing.
  if (heap_.empty()) return std::nullopt;
  return std::max(now, heap_.front().due);
}

void WorkQueue::ShutDown() {
  shut_down_ = true;
  while (!heap_.empty()) StopWaiting(heap_.back().slot);
}

WorkQueueStats WorkQueue::Stats(MonotonicTime now) const {
  WorkQueueStats stats;
  stats.adds = adds_;
  stats.retries = retries_;
  for (std::size_t level = 0; level < kPriorities; ++level) {
    stats.depth[level] = order_.size(static_cast<Priority>(level));
  }
  stats.scheduled = heap_.size();
  stats.running = running_;
  if (running_ == 0) return stats;
  for (KeySlot slot = 0; slot < keys_.slots_end(); ++slot) {
    const State& state = states_[slot];
    if (state.work == Work::kIdle) continue;
    stats.unfinished += now - state.started;
    stats.longest_running = std::max(stats.longest_running, now - state.started);
  }
  return stats;
}

void WorkQueue::HeapSet(std::uint32_t at, Scheduled scheduled) {
  heap_[at] = scheduled;
  states_[scheduled.slot].heap_at = at;
}

void WorkQueue::HeapPush(Scheduled scheduled) {
  const auto at = static_cast<std::uint32_t>(heap_.size());
  heap_.push_back(scheduled);
  HeapSet(at, scheduled);
  SiftUp(at);
}

void WorkQueue::HeapRemove(KeySlot slot) {
  const std::uint32_t at = states_[slot].heap_at;
  const Scheduled last = heap_.back();
  heap_.pop_back();
  if (last.slot == slot) return;
  HeapSet(at, last);
  SiftUp(at);
  SiftDown(states_[last.slot].heap_at);
}

void WorkQueue::SiftUp(std::uint32_t at) {
  const Scheduled rising = heap_[at];
  while (at > 0) {
    const std::uint32_t parent = (at - 1) / 4;
    if (heap_[parent].due <= rising.due) break;
    HeapSet(at, heap_[parent]);
    at = parent;
  }
  HeapSet(at, rising);
}

void WorkQueue::SiftDown(std::uint32_t at) {
  const Scheduled sinking = heap_[at];
  const auto size = static_cast<std::uint32_t>(heap_.size());
  while (at * 4 + 1 < size) {
    std::uint32_t least = at * 4 + 1;
    for (std::uint32_t child = least + 1; child < std::min(at * 4 + 5, size); ++child) {
      if (heap_[child].due < heap_[least].due) least = child;
    }
    if (sinking.due <= heap_[least].due) break;
    HeapSet(at, heap_[least]);
    at = least;
  }
  HeapSet(at, sinking);
}

}  // namespace instanced
