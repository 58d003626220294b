#include "controller/informer/informer.h"

#include <utility>
#include <vector>

namespace instanced {

void Informer::Handle(WatchEvent event) {
  struct Visit {
    Informer& self;
    void operator()(InitStarted) const {
      self.listing_ = true;
      self.listed_.clear();
    }
    void operator()(InitApplied& init) const {
      self.listed_.insert(MetaOf(init.object).key);
      self.Apply(std::move(init.object), ChangeKind::kListed);
    }
    void operator()(InitDone) const { self.FinishList(); }
    void operator()(Applied& applied) const {
      if (self.listing_) self.listed_.insert(MetaOf(applied.object).key);
      self.Apply(std::move(applied.object), ChangeKind::kAdded);
    }
    void operator()(const Deleted& deleted) const { self.Remove(deleted.key, deleted.uid); }
  };
  std::visit(Visit{*this}, event);
}

std::optional<ObjectPtr> Informer::Find(const ObjectKey& key) const {
  if (key.kind == Kind::kProviderConfig) {
    auto config = cache_.FindProviderConfig(key.namespace_, key.name);
    return config ? std::optional<ObjectPtr>(std::move(config)) : std::nullopt;
  }
  auto instance = cache_.FindInstance(key);
  return instance ? std::optional<ObjectPtr>(std::move(instance)) : std::nullopt;
}

void Informer::Apply(ObjectPtr object, ChangeKind added_as) {
  Change change;
  change.before = Find(MetaOf(object).key);
  change.object = object;
  switch (cache_.Put(std::move(object))) {
    case PutResult::kStale:
      return;
    case PutResult::kAdded:
      change.kind = added_as;
      break;
    case PutResult::kChanged:
      change.kind = ChangeKind::kChanged;
      break;
  }
  handler_(change);
}

void Informer::Remove(const ObjectKey& key, std::string_view uid) {
  Change change;
  change.kind = ChangeKind::kDeleted;
  change.object = Find(key);
  if (cache_.Erase(key, uid)) handler_(change);
}

void Informer::FinishList() {
  std::vector<ObjectKey> gone;
  const auto collect = [&](const ObjectMeta& meta) {
    if (!listed_.contains(meta.key)) gone.push_back(meta.key);
  };
  cache_.ForEachInstance([&](const InstancePtr& object) { collect(object->meta); });
  cache_.ForEachProviderConfig([&](const ProviderConfigPtr& object) { collect(object->meta); });
  for (const auto& key : gone) Remove(key, {});
  listed_.clear();
  listing_ = false;
  if (!std::exchange(synced_, true)) handler_(Change{ChangeKind::kSynced, {}, {}});
}

}  // namespace instanced
