#include "controller/informer/informer.h"

#include <utility>
#include <vector>

#include "api/kinds/kind_traits.h"

namespace instanced {

void Informer::Handle(WatchEvent event) {
  struct Visit {
    Informer& self;
    void operator()(InitStarted started) const { self.StartList(started.kind); }
    void operator()(InitApplied& init) const {
      self.MarkListed(MetaOf(init.object).key);
      self.Apply(std::move(init.object), std::move(init.packed), ChangeKind::kListed);
    }
    void operator()(const InitKept& kept) const { self.MarkListed(kept.key); }
    void operator()(InitDone done) const { self.FinishList(done.kind); }
    void operator()(Applied& applied) const {
      self.MarkListed(MetaOf(applied.object).key);
      self.Apply(std::move(applied.object), std::move(applied.packed), ChangeKind::kAdded);
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

void Informer::Apply(ObjectPtr object, PackedInstance packed, ChangeKind added_as) {
  Change change;
  change.before = Find(MetaOf(object).key);
  change.object = object;
  switch (cache_.Put(std::move(object), std::move(packed))) {
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

void Informer::StartList(std::optional<Kind> kind) {
  if (kind) {
    open_lists_[*kind].clear();
    return;
  }
  for (const Kind each : InstanceKinds()) open_lists_[each].clear();
  open_lists_[Kind::kProviderConfig].clear();
}

void Informer::MarkListed(const ObjectKey& key) {
  if (const auto list = open_lists_.find(key.kind); list != open_lists_.end()) {
    list->second.insert(key);
  }
}

void Informer::RemoveUnlisted() {
  std::vector<ObjectKey> gone;
  const auto collect = [&](const ObjectKey& key) {
    const auto list = open_lists_.find(key.kind);
    if (list != open_lists_.end() && !list->second.contains(key)) gone.push_back(key);
  };
  cache_.ForEachInstance([&](const InstanceView& object) { collect(object.meta.key.Copy()); });
  cache_.ForEachProviderConfig([&](const ProviderConfigPtr& object) { collect(object->meta.key); });
  for (const auto& key : gone) Remove(key, {});
}

void Informer::FinishList(std::optional<Kind> kind) {
  if (kind) {
    // Only this kind's list is done; those of the others stay open.
    auto others = std::exchange(open_lists_, {});
    if (auto own = others.extract(*kind)) open_lists_.insert(std::move(own));
    RemoveUnlisted();
    open_lists_ = std::move(others);
    return;
  }
  RemoveUnlisted();
  open_lists_.clear();
  if (!std::exchange(synced_, true)) handler_(Change{ChangeKind::kSynced, {}, {}});
}

}  // namespace instanced
