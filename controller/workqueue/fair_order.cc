#include "controller/workqueue/fair_order.h"

namespace instanced {

void FairOrder::JoinRing(Class& a_class, NamespaceSlot namespace_) {
  Line& line = a_class.lines[namespace_];
  line.previous = a_class.last;
  line.next = kNoNamespace;
  (a_class.last == kNoNamespace ? a_class.first : a_class.lines[a_class.last].next) = namespace_;
  a_class.last = namespace_;
}

void FairOrder::LeaveRing(Class& a_class, NamespaceSlot namespace_) {
  const Line& line = a_class.lines[namespace_];
  (line.previous == kNoNamespace ? a_class.first : a_class.lines[line.previous].next) = line.next;
  (line.next == kNoNamespace ? a_class.last : a_class.lines[line.next].previous) = line.previous;
}

void FairOrder::Push(KeySlot slot, NamespaceSlot namespace_, Priority priority,
                     MonotonicTime since) {
  nodes_.Reach(slot);
  Class& a_class = classes_[Level(priority)];
  if (a_class.lines.size() <= namespace_) a_class.lines.resize(namespace_ + 1);
  Line& line = a_class.lines[namespace_];
  nodes_[slot] = {since, line.last, kNoSlot, a_class.youngest, kNoSlot, namespace_, priority};
  if (line.last == kNoSlot) {
    line.first = slot;
    JoinRing(a_class, namespace_);
  } else {
    nodes_[line.last].next = slot;
  }
  line.last = slot;
  (a_class.youngest == kNoSlot ? a_class.oldest : nodes_[a_class.youngest].younger) = slot;
  a_class.youngest = slot;
  ++a_class.size;
}

void FairOrder::Remove(KeySlot slot) {
  const FairNodes::Node& node = nodes_[slot];
  Class& a_class = classes_[Level(node.priority)];
  Line& line = a_class.lines[node.namespace_];
  (node.previous == kNoSlot ? line.first : nodes_[node.previous].next) = node.next;
  (node.next == kNoSlot ? line.last : nodes_[node.next].previous) = node.previous;
  (node.older == kNoSlot ? a_class.oldest : nodes_[node.older].younger) = node.younger;
  (node.younger == kNoSlot ? a_class.youngest : nodes_[node.younger].older) = node.older;
  if (line.first == kNoSlot) LeaveRing(a_class, node.namespace_);
  --a_class.size;
}

OldestWaiting FairOrder::Oldest() const {
  OldestWaiting oldest;
  for (std::size_t level = 0; level < kPriorities; ++level) {
    const KeySlot slot = classes_[level].oldest;
    if (slot != kNoSlot) oldest[level] = nodes_[slot].since;
  }
  return oldest;
}

KeySlot FairOrder::Front(Priority priority) const {
  const Class& a_class = classes_[Level(priority)];
  return a_class.first == kNoNamespace ? kNoSlot : a_class.lines[a_class.first].first;
}

KeySlot FairOrder::PopFront(Priority priority) {
  const KeySlot slot = Front(priority);
  if (slot == kNoSlot) return kNoSlot;
  Class& a_class = classes_[Level(priority)];
  const NamespaceSlot namespace_ = a_class.first;
  Remove(slot);
  if (a_class.lines[namespace_].first != kNoSlot && a_class.first != a_class.last) {
    LeaveRing(a_class, namespace_);
    JoinRing(a_class, namespace_);
  }
  return slot;
}

bool FairOrder::empty() const {
  for (const Class& a_class : classes_) {
    if (a_class.size > 0) return false;
  }
  return true;
}

}  // namespace instanced
