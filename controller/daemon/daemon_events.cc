#include "controller/daemon/daemon_parts.h"

#include "controller/daemon/gauges.h"

namespace instanced {

void Daemon::Parts::OnChange(const Change& change) {
  const bool deleted = change.kind == ChangeKind::kDeleted && change.object.has_value();
  if (deleted) {
    guards->ObjectDeleted(MetaOf(*change.object).key);
    if (std::holds_alternative<ProviderConfigPtr>(*change.object)) {
      clouds->ProviderConfigGone(MetaOf(*change.object).uid);
    }
    ShowDeleted(*change.object, clock.WallNow(), metrics);
  }
  if (change.kind == ChangeKind::kSynced) {
    health.SourceSynced();
    log.Info("source is synced", {{"objects", cache.instance_count()}});
  }
  controller->OnChange(change);
  desk->ObjectChanged(change);
  home->OnChange(change);
}

// The attempt whose intent is recorded.
std::int64_t Daemon::Parts::AttemptOf(const ObjectKey& key) const {
  const auto object = cache.FindInstance(key);
  return object && object->status.intent ? object->status.intent->attempt : 0;
}

// In a cluster the journal holds nothing but history, and nothing waits for it.
std::string Daemon::Parts::StoreTrouble() const {
  const auto state = journal->Health();
  const bool sick = !config.kubernetes && state.state == StoreHealth::kRed;
  return sick ? "the state file: " + state.message : std::string();
}

void Daemon::Parts::WakeUsersOf(const std::string& plugin) {
  cache.ForEachInstance([&](const InstanceView& object) {
    if (object.spec.plugin == plugin) {
      controller->Wake(object.meta.key.Copy(), Priority::kTransition);
    }
  });
}

void Daemon::Parts::OnAnswered(const std::vector<ObjectKey>& keys) {
  home->OnAnswered(keys);
  guards->BrakesChanged();
  for (const auto& key : keys) controller->Wake(key, Priority::kUrgent);
}

}  // namespace instanced
