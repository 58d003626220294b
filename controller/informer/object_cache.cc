#include "controller/informer/object_cache.h"

#include <utility>

namespace instanced {

namespace {

bool Covers(const InstanceView::Meta& cached, std::string_view uid, std::string_view version) {
  return cached.uid == uid && !IsOlder(cached.resource_version.ToString(), version);
}

bool Covers(const ObjectMeta& cached, std::string_view uid, std::string_view version) {
  return cached.uid == uid && !IsOlder(cached.resource_version, version);
}

// A list that was read later than the cached version and shows an older one shows what is.
bool GivesWay(std::string_view cached, std::string_view listed, std::string_view read_at) {
  if (read_at == kEveryVersion) return true;
  return cached != listed && !read_at.empty() && !IsOlder(read_at, cached);
}

}  // namespace

PutResult ObjectCache::Put(ObjectPtr object, PackedInstance packed, std::string_view read_at) {
  if (const auto* instance = std::get_if<InstancePtr>(&object)) {
    return PutInstance(**instance, std::move(packed), read_at);
  }
  return PutProviderConfig(std::move(std::get<ProviderConfigPtr>(object)), read_at);
}

PutResult ObjectCache::PutInstance(const InstanceObject& object, PackedInstance packed,
                                   std::string_view read_at) {
  const auto it = instances_.find(object.meta.key);
  const auto& version = object.meta.resource_version;
  if (it != instances_.end() && Covers(it->View().meta, object.meta.uid, version) &&
      !GivesWay(it->View().meta.resource_version.ToString(), version, read_at)) {
    return PutResult::kStale;
  }
  if (!packed) packed = PackedInstance::Of(object);
  if (it == instances_.end()) {
    instances_.insert(std::move(packed));
    return PutResult::kAdded;
  }
  auto node = instances_.extract(it);
  node.value() = std::move(packed);
  instances_.insert(std::move(node));
  return PutResult::kChanged;
}

bool ObjectCache::Refresh(InstancePtr object) {
  const auto it = instances_.find(object->meta.key);
  if (it == instances_.end() || it->View().meta.uid != object->meta.uid) return false;
  return PutInstance(*object, {}, {}) == PutResult::kChanged;
}

PutResult ObjectCache::PutProviderConfig(ProviderConfigPtr object, std::string_view read_at) {
  const auto [it, inserted] = provider_configs_.try_emplace(object->meta.key, object);
  if (inserted) return PutResult::kAdded;
  const auto& version = object->meta.resource_version;
  if (Covers(it->second->meta, object->meta.uid, version) &&
      !GivesWay(it->second->meta.resource_version, version, read_at)) {
    return PutResult::kStale;
  }
  it->second = std::move(object);
  return PutResult::kChanged;
}

bool ObjectCache::Knows(const ObjectKey& key, std::string_view uid,
                        std::string_view resource_version) const {
  if (key.kind == Kind::kProviderConfig) {
    const auto it = provider_configs_.find(key);
    return it != provider_configs_.end() && Covers(it->second->meta, uid, resource_version);
  }
  const auto it = instances_.find(key);
  return it != instances_.end() && Covers(it->View().meta, uid, resource_version);
}

bool ObjectCache::Erase(const ObjectKey& key, std::string_view uid) {
  if (key.kind == Kind::kProviderConfig) {
    const auto it = provider_configs_.find(key);
    if (it == provider_configs_.end()) return false;
    if (!uid.empty() && it->second->meta.uid != uid) return false;
    provider_configs_.erase(it);
    return true;
  }
  const auto it = instances_.find(key);
  if (it == instances_.end()) return false;
  if (!uid.empty() && it->View().meta.uid != uid) return false;
  instances_.erase(it);
  return true;
}

InstancePtr ObjectCache::FindInstance(const ObjectKey& key) const {
  const auto it = instances_.find(key);
  return it == instances_.end() ? nullptr : it->Unpack();
}

ProviderConfigPtr ObjectCache::FindProviderConfig(std::string_view namespace_,
                                                  std::string_view name) const {
  const auto it = provider_configs_.find(
      ObjectKey{Kind::kProviderConfig, std::string(namespace_), std::string(name)});
  return it == provider_configs_.end() ? nullptr : it->second;
}

void ObjectCache::ForEachInstance(const std::function<void(const InstanceView&)>& visit) const {
  for (const auto& object : instances_) visit(object.View());
}

void ObjectCache::ForEachProviderConfig(
    const std::function<void(const ProviderConfigPtr&)>& visit) const {
  for (const auto& [key, object] : provider_configs_) visit(object);
}

}  // namespace instanced
