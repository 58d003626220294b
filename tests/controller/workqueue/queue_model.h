// The queue's rules written plainly over sorted vectors, without slots, links or heaps: what the
// real queue is held against by random operations and by the fuzzer.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/workqueue/work_queue.h"

namespace instanced {

class ModelQueue {
 public:
  explicit ModelQueue(AgeingOptions options) : options_(options) {}

  void Add(const ObjectKey& key, Priority priority, MonotonicTime when, MonotonicTime now) {
    Advance(now);
    Entry* entry = Find(key);
    if (entry == nullptr) {
      entries_.push_back({.key = key});
      entry = &entries_.back();
    }
    if (entry->ready) {
      if (when > now || priority >= entry->priority) return;
      entry->priority = priority;
      entry->arrival = ++arrivals_;
    } else if (when <= now) {
      entry->priority = entry->due ? Higher(priority, entry->priority) : priority;
      MakeReady(*entry, now);
    } else {
      entry->priority = entry->due ? Higher(priority, entry->priority) : priority;
      entry->due = entry->due ? std::min(*entry->due, when) : when;
    }
    NoteTurns();
  }

  std::optional<WorkQueue::Item> Get(MonotonicTime now) {
    Advance(now);
    const auto level = PickClass(now);
    if (!level) return std::nullopt;
    auto& turns = turns_[*level];
    const std::string namespace_ = turns.front();
    Entry* chosen = nullptr;
    for (Entry& entry : entries_) {
      if (!Waits(entry, *level) || entry.key.namespace_ != namespace_) continue;
      if (chosen == nullptr || entry.arrival < chosen->arrival) chosen = &entry;
    }
    turns.erase(turns.begin());
    chosen->ready = false;
    chosen->running = true;
    NoteTurns();
    return WorkQueue::Item{chosen->key, static_cast<Priority>(*level), now - chosen->since};
  }

  void Done(const ObjectKey& key) {
    Entry* entry = Find(key);
    if (entry == nullptr || !entry->running) return;
    entry->running = false;
    if (entry->ready) entry->arrival = ++arrivals_;
    Sweep();
    NoteTurns();
  }

  void Forget(const ObjectKey& key) {
    if (Entry* entry = Find(key)) {
      entry->ready = false;
      entry->due.reset();
    }
    Sweep();
    NoteTurns();
  }

  std::vector<ObjectKey> Running() const {
    std::vector<ObjectKey> keys;
    for (const Entry& entry : entries_) {
      if (entry.running) keys.push_back(entry.key);
    }
    return keys;
  }

 private:
  struct Entry {
    ObjectKey key;
    Priority priority = Priority::kUrgent;
    bool ready = false;
    bool running = false;
    MonotonicTime since{};
    int arrival = 0;
    std::optional<MonotonicTime> due{};
  };

  static bool Waits(const Entry& entry, std::size_t level) {
    return entry.ready && !entry.running && Level(entry.priority) == level;
  }
  Entry* Find(const ObjectKey& key) {
    for (Entry& entry : entries_) {
      if (entry.key == key) return &entry;
    }
    return nullptr;
  }
  void MakeReady(Entry& entry, MonotonicTime since) {
    entry.ready = true;
    entry.due.reset();
    entry.since = since;
    entry.arrival = ++arrivals_;
  }
  void Advance(MonotonicTime now) {
    for (;;) {
      Entry* next = nullptr;
      for (Entry& entry : entries_) {
        if (!entry.due || *entry.due > now) continue;
        if (next == nullptr || *entry.due < *next->due) next = &entry;
      }
      if (next == nullptr) break;
      MakeReady(*next, *next->due);
      NoteTurns();
    }
  }
  void Sweep() {
    std::erase_if(entries_, [](const Entry& e) { return !e.ready && !e.running && !e.due; });
  }
  // Namespaces with waiting keys, in the order of their turns; newcomers go last.
  void NoteTurns() {
    for (std::size_t level = 0; level < kPriorities; ++level) {
      auto& turns = turns_[level];
      const auto has = [&](const std::string& namespace_) {
        return std::ranges::any_of(entries_, [&](const Entry& e) {
          return Waits(e, level) && e.key.namespace_ == namespace_;
        });
      };
      std::erase_if(turns, [&](const std::string& namespace_) { return !has(namespace_); });
      std::vector<const Entry*> waiting;
      for (const Entry& e : entries_) {
        if (Waits(e, level)) waiting.push_back(&e);
      }
      std::ranges::sort(waiting, {}, &Entry::arrival);
      for (const Entry* e : waiting) {
        if (std::ranges::find(turns, e->key.namespace_) == turns.end()) {
          turns.push_back(e->key.namespace_);
        }
      }
    }
  }
  std::optional<MonotonicTime> Oldest(std::size_t level) const {
    const Entry* oldest = nullptr;
    for (const Entry& e : entries_) {
      if (Waits(e, level) && (oldest == nullptr || e.arrival < oldest->arrival)) oldest = &e;
    }
    if (oldest == nullptr) return std::nullopt;
    return oldest->since;
  }
  std::optional<std::size_t> AgedBelow(std::size_t top, MonotonicTime now) const {
    std::optional<std::size_t> aged;
    for (std::size_t level = top + 1; level < kPriorities; ++level) {
      const auto oldest = Oldest(level);
      if (!oldest || now - *oldest < options_.ageing) continue;
      if (!aged || *oldest < *Oldest(*aged)) aged = level;
    }
    return aged;
  }
  std::optional<std::size_t> PickClass(MonotonicTime now) {
    std::size_t level = 0;
    while (level < kPriorities && !Oldest(level)) ++level;
    if (level == kPriorities) return std::nullopt;
    const auto aged = AgedBelow(level, now);
    if (aged && skipped_ == options_.aged_turn - 1) {
      skipped_ = 0;
      return aged;
    }
    skipped_ = aged ? skipped_ + 1 : 0;
    return level;
  }

  AgeingOptions options_;
  std::vector<Entry> entries_;
  std::map<std::size_t, std::vector<std::string>> turns_;
  int arrivals_ = 0;
  int skipped_ = 0;
};

}  // namespace instanced
