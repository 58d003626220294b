// KeyTable: gives every ObjectKey a small number and stores the key once.
//
// Slots are dense and reused after Release, so rooms can hold their per-key state in arrays.
// Namespaces are interned and counted; a namespace number is reused once no key is in it. About
// 60 bytes per key plus names longer than 15 characters.
//
// Threads: one at a time. Ownership: copies what it is given.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "api/object/object_key.h"

namespace instanced {

using KeySlot = std::uint32_t;
inline constexpr KeySlot kNoSlot = 0xffffffffU;
using NamespaceSlot = std::uint32_t;

// An array that grows by whole blocks: no copying, and no more than one block unused.
template <class T>
class BlockArray {
 public:
  T& operator[](std::uint32_t index) { return blocks_[index / kBlock][index % kBlock]; }
  const T& operator[](std::uint32_t index) const { return blocks_[index / kBlock][index % kBlock]; }
  // Makes `index` valid; new elements are value-initialized.
  void Reach(std::uint32_t index) {
    while (blocks_.size() <= index / kBlock) blocks_.push_back(std::make_unique<T[]>(kBlock));
  }

 private:
  static constexpr std::uint32_t kBlock = 1024;
  std::vector<std::unique_ptr<T[]>> blocks_;
};

class KeyTable {
 public:
  // kNoSlot when the key is not in the table.
  KeySlot Find(const ObjectKey& key) const;
  KeySlot Intern(const ObjectKey& key);
  void Release(KeySlot slot);

  ObjectKey KeyOf(KeySlot slot) const;
  NamespaceSlot NamespaceOf(KeySlot slot) const { return entries_[slot].namespace_; }
  std::size_t size() const { return used_; }
  // Every slot in use is below this.
  KeySlot slots_end() const { return slots_end_; }

 private:
  struct Entry {
    std::string name;
    std::uint32_t hash = 0;
    NamespaceSlot namespace_ = 0;
    Kind kind = Kind::kConnectInstance;
  };
  struct NamespaceEntry {
    std::string name;
    std::uint32_t keys = 0;
  };

  KeySlot FindHashed(const ObjectKey& key, std::uint32_t hash) const;
  bool Holds(KeySlot slot, const ObjectKey& key) const;
  NamespaceSlot AcquireNamespace(const std::string& name);
  void ReleaseNamespace(NamespaceSlot slot);
  void Grow();
  struct Bucket {
    std::uint32_t hash = 0;
    KeySlot slot = kNoSlot;
  };
  void Place(Bucket bucket);

  // Open addressing with linear probing; a power of two, at most 3/4 full. The hash stands beside
  // the slot, so that only the entry that is looked for is read.
  std::vector<Bucket> buckets_;
  std::size_t used_ = 0;
  BlockArray<Entry> entries_;
  std::vector<KeySlot> free_slots_;
  KeySlot slots_end_ = 0;
  std::vector<NamespaceEntry> namespaces_;
  std::vector<NamespaceSlot> free_namespaces_;
  std::unordered_map<std::string, NamespaceSlot> namespace_slots_;
};

}  // namespace instanced
