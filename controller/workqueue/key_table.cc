#include "controller/workqueue/key_table.h"

namespace instanced {
namespace {

std::uint32_t HashOf(const ObjectKey& key) {
  const std::uint64_t wide = ObjectKeyHash{}(key) * 0x9e3779b97f4a7c15ULL;
  return static_cast<std::uint32_t>(wide >> 32);
}

}  // namespace

bool KeyTable::Holds(KeySlot slot, const ObjectKey& key) const {
  const Entry& entry = entries_[slot];
  return entry.kind == key.kind && entry.name == key.name &&
         namespaces_[entry.namespace_].name == key.namespace_;
}

KeySlot KeyTable::Find(const ObjectKey& key) const { return FindHashed(key, HashOf(key)); }

KeySlot KeyTable::FindHashed(const ObjectKey& key, std::uint32_t hash) const {
  if (buckets_.empty()) return kNoSlot;
  const std::size_t mask = buckets_.size() - 1;
  for (std::size_t at = hash & mask; buckets_[at].slot != kNoSlot; at = (at + 1) & mask) {
    const Bucket& bucket = buckets_[at];
    if (bucket.hash == hash && Holds(bucket.slot, key)) return bucket.slot;
  }
  return kNoSlot;
}

KeySlot KeyTable::Intern(const ObjectKey& key) {
  const std::uint32_t hash = HashOf(key);
  const KeySlot found = FindHashed(key, hash);
  if (found != kNoSlot) return found;
  if ((used_ + 1) * 4 > buckets_.size() * 3) Grow();
  KeySlot slot = slots_end_;
  if (free_slots_.empty()) {
    entries_.Reach(slots_end_++);
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
  }
  entries_[slot] = Entry{key.name, hash, AcquireNamespace(key.namespace_), key.kind};
  Place({hash, slot});
  ++used_;
  return slot;
}

void KeyTable::Release(KeySlot slot) {
  const std::size_t mask = buckets_.size() - 1;
  std::size_t hole = entries_[slot].hash & mask;
  while (buckets_[hole].slot != slot) hole = (hole + 1) & mask;
  // Backward shift: every later entry of the run that may move into the hole does.
  for (std::size_t at = (hole + 1) & mask; buckets_[at].slot != kNoSlot; at = (at + 1) & mask) {
    const std::size_t wanted = buckets_[at].hash & mask;
    if (((at - wanted) & mask) < ((at - hole) & mask)) continue;
    buckets_[hole] = buckets_[at];
    hole = at;
  }
  buckets_[hole] = Bucket{};
  ReleaseNamespace(entries_[slot].namespace_);
  entries_[slot].name = std::string();
  free_slots_.push_back(slot);
  --used_;
}

ObjectKey KeyTable::KeyOf(KeySlot slot) const {
  const Entry& entry = entries_[slot];
  return ObjectKey{entry.kind, namespaces_[entry.namespace_].name, entry.name};
}

NamespaceSlot KeyTable::AcquireNamespace(const std::string& name) {
  const auto found = namespace_slots_.find(name);
  if (found != namespace_slots_.end()) {
    ++namespaces_[found->second].keys;
    return found->second;
  }
  NamespaceSlot slot = static_cast<NamespaceSlot>(namespaces_.size());
  if (free_namespaces_.empty()) {
    namespaces_.emplace_back();
  } else {
    slot = free_namespaces_.back();
    free_namespaces_.pop_back();
  }
  namespaces_[slot] = NamespaceEntry{name, 1};
  namespace_slots_.emplace(name, slot);
  return slot;
}

void KeyTable::ReleaseNamespace(NamespaceSlot slot) {
  if (--namespaces_[slot].keys > 0) return;
  namespace_slots_.erase(namespaces_[slot].name);
  namespaces_[slot] = NamespaceEntry{};
  free_namespaces_.push_back(slot);
}

void KeyTable::Grow() {
  const std::vector<Bucket> old = std::move(buckets_);
  buckets_.assign(old.empty() ? 16 : old.size() * 2, Bucket{});
  for (const Bucket& bucket : old) {
    if (bucket.slot != kNoSlot) Place(bucket);
  }
}

void KeyTable::Place(Bucket bucket) {
  const std::size_t mask = buckets_.size() - 1;
  std::size_t at = bucket.hash & mask;
  while (buckets_[at].slot != kNoSlot) at = (at + 1) & mask;
  buckets_[at] = bucket;
}

}  // namespace instanced
