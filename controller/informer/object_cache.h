// ObjectCache: the last seen objects, immutable, one snapshot per key.
//
// Instances are kept packed (packed_instance.h): each Find unpacks one, about a microsecond; a
// visit of all shows views, which copy nothing.
//
// Promises: Put never goes back in time: an object whose resource version is older than the cached
// one (our own write arrived first) is dropped, unless a list says that the server did. Readers
// keep a snapshot as long as they like. Threads: the loop's.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string_view>
#include <unordered_set>

#include "api/kinds/object.h"
#include "api/kinds/packed_instance.h"
#include "controller/source/resource_version.h"

namespace instanced {

enum class PutResult { kAdded, kChanged, kStale };

class ObjectCache {
 public:
  // `packed` may be the same instance, packed by whoever keeps it too: one block serves both.
  // What is cached up to `read_at`, the version a list was read at, gives way to what was listed,
  // though its own version be newer: the server's were set back.
  PutResult Put(ObjectPtr object, PackedInstance packed = {}, std::string_view read_at = {});
  // Our own write: replaces the snapshot of the same life of the object, and never brings one back
  // that has left meanwhile. False when nothing was replaced.
  bool Refresh(InstancePtr object);
  // Whether this version of that life of the object would be dropped as old.
  bool Knows(const ObjectKey& key, std::string_view uid, std::string_view resource_version) const;
  // Removes the object of this key; an empty uid matches any. False when it was not there.
  bool Erase(const ObjectKey& key, std::string_view uid);

  InstancePtr FindInstance(const ObjectKey& key) const;
  bool HasInstance(const ObjectKey& key) const { return instances_.contains(key); }
  ProviderConfigPtr FindProviderConfig(std::string_view namespace_, std::string_view name) const;
  // A view is valid during its visit, which must not change the cache.
  void ForEachInstance(const std::function<void(const InstanceView&)>& visit) const;
  void ForEachProviderConfig(const std::function<void(const ProviderConfigPtr&)>& visit) const;
  std::size_t instance_count() const { return instances_.size(); }

 private:
  PutResult PutInstance(const InstanceObject& object, PackedInstance packed,
                        std::string_view read_at);
  PutResult PutProviderConfig(ProviderConfigPtr object, std::string_view read_at);

  std::unordered_set<PackedInstance, PackedInstanceHash, PackedInstanceEqual> instances_;
  std::map<ObjectKey, ProviderConfigPtr> provider_configs_;
};

}  // namespace instanced
