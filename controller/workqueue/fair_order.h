// FairOrder: who is next, fairly. Three classes; inside a class namespaces take turns; inside a
// namespace the order of arrival.
//
// Works on slots of a KeyTable. A slot is in at most one FairOrder of a FairNodes at a time. All
// operations are O(1).
//
// Threads: one at a time. Ownership: FairNodes must outlive the orders that share it.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "controller/clock/clock.h"
#include "controller/workqueue/ageing.h"
#include "controller/workqueue/key_table.h"
#include "controller/workqueue/priority.h"

namespace instanced {

// The links of every slot, shared by the orders of one owner.
class FairNodes {
 private:
  friend class FairOrder;
  struct Node {
    MonotonicTime since;
    KeySlot previous = kNoSlot;  // in its namespace's line
    KeySlot next = kNoSlot;
    KeySlot older = kNoSlot;  // in its class, by arrival
    KeySlot younger = kNoSlot;
    NamespaceSlot namespace_ = 0;
    Priority priority = Priority::kUrgent;
  };
  BlockArray<Node> nodes_;
};

class FairOrder {
 public:
  explicit FairOrder(FairNodes& nodes) : nodes_(nodes.nodes_) {}

  // `since` is when it began to wait; callers push in the order of arrival.
  void Push(KeySlot slot, NamespaceSlot namespace_, Priority priority, MonotonicTime since);
  void Remove(KeySlot slot);

  OldestWaiting Oldest() const;
  // Whose turn it is in a class; kNoSlot when the class is empty.
  KeySlot Front(Priority priority) const;
  // Takes Front out and gives the turn to the next namespace.
  KeySlot PopFront(Priority priority);

  MonotonicTime SinceOf(KeySlot slot) const { return nodes_[slot].since; }
  Priority PriorityOf(KeySlot slot) const { return nodes_[slot].priority; }
  std::size_t size(Priority priority) const { return classes_[Level(priority)].size; }
  bool empty() const;

 private:
  static constexpr NamespaceSlot kNoNamespace = 0xffffffffU;
  // One namespace's keys of one class; linked in the ring of the class while it has any.
  struct Line {
    KeySlot first = kNoSlot;
    KeySlot last = kNoSlot;
    NamespaceSlot previous = kNoNamespace;
    NamespaceSlot next = kNoNamespace;
  };
  struct Class {
    std::vector<Line> lines;  // by namespace
    NamespaceSlot first = kNoNamespace;
    NamespaceSlot last = kNoNamespace;
    KeySlot oldest = kNoSlot;
    KeySlot youngest = kNoSlot;
    std::size_t size = 0;
  };

  static void JoinRing(Class& a_class, NamespaceSlot namespace_);
  static void LeaveRing(Class& a_class, NamespaceSlot namespace_);

  BlockArray<FairNodes::Node>& nodes_;
  std::array<Class, kPriorities> classes_;
};

}  // namespace instanced
