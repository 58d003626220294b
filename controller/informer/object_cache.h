// ObjectCache: the last seen objects, immutable, one snapshot per key.
//
// Promises: Put never goes back in time: an object whose resource version is older than the cached
// one (our own write arrived first) is dropped. Readers keep a snapshot as long as they like.
// Threads: the loop's.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string_view>
#include <unordered_set>

#include "api/kinds/object.h"

namespace instanced {

enum class PutResult { kAdded, kChanged, kStale };

class ObjectCache {
 public:
  PutResult Put(ObjectPtr object);
  // Our own write: replaces the snapshot of the same life of the object, and never brings one back
  // that has left meanwhile. False when nothing was replaced.
  bool Refresh(InstancePtr object);
  // Removes the object of this key; an empty uid matches any. False when it was not there.
  bool Erase(const ObjectKey& key, std::string_view uid);

  InstancePtr FindInstance(const ObjectKey& key) const;
  ProviderConfigPtr FindProviderConfig(std::string_view namespace_, std::string_view name) const;
  void ForEachInstance(const std::function<void(const InstancePtr&)>& visit) const;
  void ForEachProviderConfig(const std::function<void(const ProviderConfigPtr&)>& visit) const;
  std::size_t instance_count() const { return instances_.size(); }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(const ObjectKey& key) const { return ObjectKeyHash{}(key); }
    std::size_t operator()(const InstancePtr& object) const {
      return ObjectKeyHash{}(object->meta.key);
    }
  };
  struct Equal {
    using is_transparent = void;
    static const ObjectKey& KeyOf(const ObjectKey& key) { return key; }
    static const ObjectKey& KeyOf(const InstancePtr& object) { return object->meta.key; }
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return KeyOf(a) == KeyOf(b);
    }
  };
  PutResult PutInstance(InstancePtr object);
  PutResult PutProviderConfig(ProviderConfigPtr object);

  std::unordered_set<InstancePtr, Hash, Equal> instances_;
  std::map<ObjectKey, ProviderConfigPtr> provider_configs_;
};

// Resource versions are opaque to everybody but their server; both of ours (the journal, and a
// Kubernetes API server) count, so the shorter or smaller number is the older. Equal is not older.
bool IsOlder(std::string_view resource_version, std::string_view than);

}  // namespace instanced
