// RowTable: the rows of the live objects and the objects they describe, by key, once and packed.
//
// A row and its object say the same but for a few members, so an instance's row is kept as the
// packed object with what is only the row's beside it. The spec's text is not kept where it is the
// object's spec written out, the status's text not where the object holds the status: whoever needs
// the row gets it byte for byte as it was put, except `status`.
// Rows of ProviderConfigs, and rows nobody can read, are kept as they are.
// Threads: one at a time; copies share what does not change.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "api/kinds/packed_instance.h"
#include "controller/journal/object_row.h"
#include "controller/source/file/desired_object.h"
#include "controller/source/source.h"

namespace instanced {

class RowTable {
 public:
  // What is read of every row when the manifests are; valid until the table changes.
  struct Head {
    InstanceView::Key key;
    std::string_view file;
    bool deleting = false;
  };
  enum class Standing { kMissing, kSame, kOther };

  // Takes a row and its object (ObjectOf(row), but for the status). An instance is given back as it
  // is kept, so that others who keep it can share it.
  PackedInstance Put(ObjectRow row, const ObjectPtr& object);
  // Takes a row as text, with its status. An object of this key that was there before stays.
  void PutAsIs(ObjectRow row);
  void Erase(const ObjectKey& key);

  bool Has(const ObjectKey& key) const { return packed_.contains(key) || plain_.contains(key); }
  // Whether this life and version of the object is the one that is there.
  bool Is(const WriteTarget& target) const;
  std::optional<Head> HeadOf(const ObjectKey& key) const;
  // The row; `status` is empty where the object holds it.
  std::optional<ObjectRow> Find(const ObjectKey& key) const;
  // The row as it must be written: with its status.
  std::optional<ObjectRow> FindWhole(const ObjectKey& key) const;
  std::optional<ObjectPtr> FindObject(const ObjectKey& key) const;
  // The instance as it is kept; empty for every other row.
  PackedInstance FindPacked(const ObjectKey& key) const;
  // Whether the row says what the manifest says.
  Standing Compare(const PackedDesired& desired) const;
  void ForEach(const std::function<void(const Head&)>& visit) const;
  std::size_t size() const { return packed_.size() + plain_.size(); }

 private:
  struct Plain {
    ObjectRow row;
    std::optional<ObjectPtr> object;
  };
  void ErasePacked(const ObjectKey& key);

  std::unordered_set<PackedInstance, PackedInstanceHash, PackedInstanceEqual> packed_;
  std::unordered_map<ObjectKey, Plain, ObjectKeyHash> plain_;
};

}  // namespace instanced
