#include <algorithm>
#include <utility>

#include "controller/daemon/admin_desk.h"

namespace instanced {
namespace {

const ObjectKey& KeyOf(const ObjectPtr& object) { return MetaOf(object).key; }

}  // namespace

ObjectReport AdminDesk::ReportOf(ObjectPtr object) const {
  ObjectReport report{std::move(object), "", std::nullopt, Drift::kUnknown};
  const Track* track = deps_.reconciler.tracks().Find(KeyOf(report.object));
  if (track == nullptr) return report;
  report.decision = track->decision;
  if (track->next_wake) report.next_look = WallAt(*track->next_wake);
  if (track->compared == Track::Compared::kYes) {
    report.drift = track->differences ? Drift::kFound : Drift::kNone;
  }
  return report;
}

WallTime AdminDesk::WallAt(MonotonicTime when) const {
  const Duration left = std::max(Duration::zero(), when - deps_.clock.Now());
  return deps_.clock.WallNow() + std::chrono::duration_cast<std::chrono::milliseconds>(left);
}

Result<ObjectPtr> AdminDesk::Find(const ObjectKey& key) const {
  if (key.kind == Kind::kProviderConfig) {
    if (auto config = deps_.cache.FindProviderConfig(key.namespace_, key.name)) return config;
  } else if (auto instance = deps_.cache.FindInstance(key)) {
    return instance;
  }
  return Fail(ErrorClass::kNotFound, "NoSuchObject",
              "no " + std::string(ToString(key.kind)) + " named " + key.name +
                  " is declared in namespace " + key.namespace_);
}

// Keys, so that only the objects of one answer are unpacked.
std::vector<ObjectKey> AdminDesk::Select(const ObjectQuery& query) const {
  std::vector<ObjectKey> found;
  deps_.cache.ForEachInstance([&](const InstanceView& object) {
    if (query.Selects(object.meta)) found.push_back(object.meta.key.Copy());
  });
  deps_.cache.ForEachProviderConfig([&](const ProviderConfigPtr& object) {
    if (query.Selects(object->meta)) found.push_back(object->meta.key);
  });
  return found;
}

Result<ObjectPage> AdminDesk::ListNow(const PageQuery& query) const {
  auto found = Select(query.objects);
  if (query.after) {
    std::erase_if(found, [&](const ObjectKey& key) { return key <= *query.after; });
  }
  const auto wanted = std::min(found.size(), query.limit);
  std::ranges::partial_sort(found, found.begin() + static_cast<std::ptrdiff_t>(wanted));
  ObjectPage page;
  page.end = wanted < found.size() ? ObjectPage::End::kMoreFollow : ObjectPage::End::kLast;
  for (std::size_t i = 0; i < wanted; ++i) {
    if (auto object = Find(found[i])) page.objects.push_back(ReportOf(std::move(*object)));
  }
  return page;
}

Result<ObjectPage> AdminDesk::List(PageQuery query, CallDeadline deadline) {
  return asker_.Ask<ObjectPage>(deadline,
                                [this, query = std::move(query)] { return ListNow(query); });
}

Result<ObjectReport> AdminDesk::Get(ObjectKey key, CallDeadline deadline) {
  return asker_.Ask<ObjectReport>(deadline, [this, key = std::move(key)]() -> Result<ObjectReport> {
    auto object = Find(key);
    if (!object) return std::unexpected(std::move(object.error()));
    return ReportOf(std::move(*object));
  });
}

Result<std::unique_ptr<ObjectFeed>> AdminDesk::Watch(ObjectQuery query, CallDeadline deadline) {
  return asker_.Ask<std::unique_ptr<ObjectFeed>>(deadline, [this, query = std::move(query)] {
    auto found = Select(query);
    std::ranges::sort(found);
    std::vector<ObjectReport> present;
    for (const auto& key : found) {
      if (auto object = Find(key)) present.push_back(ReportOf(std::move(*object)));
    }
    return watchers_.Open(query, std::move(present));
  });
}

void AdminDesk::ObjectChanged(const Change& change) {
  if (!change.object || !watchers_.HasWatchers()) return;
  WatchBoard::News news;
  if (change.before) news.before = MetaOf(*change.before);
  news.type = change.kind == ChangeKind::kDeleted ? ObjectEvent::Type::kDeleted
                                                  : ObjectEvent::Type::kModified;
  // What left was selected by its last state.
  if (change.kind == ChangeKind::kDeleted) news.before = MetaOf(*change.object);
  news.report = ReportOf(*change.object);
  watchers_.Publish(news);
}

}  // namespace instanced
