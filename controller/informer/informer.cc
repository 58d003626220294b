#include "controller/informer/informer.h"

#include <utility>
#include <vector>

#include "api/kinds/kind_traits.h"

namespace instanced {

void Informer::Handle(WatchEvent event) {
  struct Visit {
    Informer& self;
    void operator()(InitStarted& started) const { self.StartList(std::move(started)); }
    void operator()(InitApplied& init) const {
      const auto& key = MetaOf(init.object).key;
      self.MarkListed(key);
      const auto read_at = self.ReadAt(key.kind);
      self.Apply(std::move(init.object), std::move(init.packed), ChangeKind::kListed, read_at);
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

void Informer::Apply(ObjectPtr object, PackedInstance packed, ChangeKind added_as,
                     std::string_view read_at) {
  Change change;
  change.before = Find(MetaOf(object).key);
  change.object = object;
  switch (cache_.Put(std::move(object), std::move(packed), read_at)) {
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

void Informer::StartList(InitStarted started) {
  if (started.kind) {
    open_lists_[*started.kind] = {{}, std::move(started.read_at)};
    return;
  }
  for (const Kind each : InstanceKinds()) open_lists_[each] = {{}, started.read_at};
  open_lists_[Kind::kProviderConfig] = {{}, started.read_at};
}

std::string_view Informer::ReadAt(Kind kind) const {
  const auto list = open_lists_.find(kind);
  return list == open_lists_.end() ? std::string_view() : list->second.read_at;
}

void Informer::MarkListed(const ObjectKey& key) {
  if (const auto list = open_lists_.find(key.kind); list != open_lists_.end()) {
    list->second.keys.insert(key);
  }
}

void Informer::RemoveUnlisted() {
  std::vector<ObjectKey> gone;
  const auto collect = [&](const ObjectKey& key) {
    const auto list = open_lists_.find(key.kind);
    if (list != open_lists_.end() && !list->second.keys.contains(key)) gone.push_back(key);
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
