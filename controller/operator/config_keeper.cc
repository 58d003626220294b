#include "controller/operator/config_keeper.h"

#include <utility>
#include <vector>

#include "controller/task/sleep.h"

namespace instanced {
namespace {

constexpr Duration kRetry = std::chrono::seconds(5);

WriteTarget TargetOf(const ProviderConfigObject& config) {
  return {config.meta.key, config.meta.uid, config.meta.resource_version};
}

// The ProviderConfig that this object names.
std::optional<ObjectKey> ConfigOf(const std::optional<ObjectPtr>& object) {
  if (!object) return std::nullopt;
  const auto& instance = *std::get<InstancePtr>(*object);
  return ObjectKey{Kind::kProviderConfig, instance.meta.key.namespace_,
                   instance.spec.provider_config_ref};
}

}  // namespace

Task<Result<void>> ConfigKeeper::Hold(ProviderConfigPtr config) {
  const auto& key = config->meta.key;
  const std::string name = "ProviderConfig " + key.namespace_ + "/" + key.name;
  if (leaving_.contains(key)) {
    co_return Fail(ErrorClass::kWriteConflict, "ProviderConfigBusy", name + " is being let go");
  }
  if (config->meta.HasFinalizer(kProviderConfigFinalizer)) co_return Result<void>();
  const auto confirmed = confirmed_.find(key);
  if (confirmed != confirmed_.end() && confirmed->second == config->meta.uid) {
    co_return Result<void>();
  }
  if (config->meta.IsDeleting()) {
    co_return Fail(ErrorClass::kValidation, "ProviderConfigLeaves",
                   name + " is being deleted and can no longer be taken into use");
  }
  const auto [waiters, first] = holding_.try_emplace(key);
  if (!first) {
    Completion<Result<void>> held;
    waiters->second.push_back(held);
    co_return co_await held;
  }
  auto adding = AddFinalizer(config);
  const auto added = co_await adding;
  const auto waiting = holding_.extract(key);
  for (const auto& waiter : waiting.mapped()) waiter.Set(added);
  co_return added;
}

Task<Result<void>> ConfigKeeper::AddFinalizer(ProviderConfigPtr config) {
  auto finalizers = config->meta.finalizers;
  finalizers.emplace_back(kProviderConfigFinalizer);
  auto writing = deps_.writer.WriteFinalizers(TargetOf(*config), std::move(finalizers));
  auto written = co_await writing;
  if (!written) co_return std::unexpected(std::move(written.error()));
  // Unless the watch was faster.
  const auto& key = config->meta.key;
  const auto now = deps_.cache.FindProviderConfig(key.namespace_, key.name);
  if (now && now->meta.resource_version == config->meta.resource_version) {
    confirmed_[key] = config->meta.uid;
  }
  co_return Result<void>();
}

std::size_t ConfigKeeper::UsersOf(const ObjectKey& provider_config) const {
  const auto it = users_.find(provider_config);
  return it == users_.end() ? 0 : it->second;
}

void ConfigKeeper::CountUsers(const Change& change) {
  const bool gone = change.kind == ChangeKind::kDeleted;
  const auto before = ConfigOf(gone ? change.object : change.before);
  const auto now = ConfigOf(gone ? std::nullopt : change.object);
  if (before == now) return;
  if (now) ++users_[*now];
  if (!before) return;
  const auto left = users_.find(*before);
  if (left != users_.end() && --left->second == 0) users_.erase(left);
  LetGoIfUnused(*before);
}

void ConfigKeeper::OnChange(const Change& change) {
  if (change.kind == ChangeKind::kSynced) {
    synced_ = true;
    LetGoUnused();
    return;
  }
  if (!change.object) return;
  const auto& key = MetaOf(*change.object).key;
  if (key.kind == Kind::kProviderConfig) {
    confirmed_.erase(key);
    Settle(key);
    LetGoIfUnused(key);
    return;
  }
  CountUsers(change);
}

void ConfigKeeper::LetGoUnused() {
  std::vector<ObjectKey> all;
  deps_.cache.ForEachProviderConfig(
      [&](const ProviderConfigPtr& config) { all.push_back(config->meta.key); });
  for (const auto& key : all) LetGoIfUnused(key);
}

void ConfigKeeper::LetGoIfUnused(const ObjectKey& key) {
  // Before the first list is complete nobody knows all users.
  if (!synced_ || UsersOf(key) > 0 || leaving_.contains(key) || !deps_.may_act()) return;
  const auto config = deps_.cache.FindProviderConfig(key.namespace_, key.name);
  if (!config || !config->meta.HasFinalizer(kProviderConfigFinalizer)) return;
  leaving_.insert(key);
  deps_.spawn(LetGo(key));
}

// The cache still shows the finalizer for a moment after it has left: until then nobody may take
// the ProviderConfig for held.
void ConfigKeeper::Settle(const ObjectKey& key) {
  const auto config = deps_.cache.FindProviderConfig(key.namespace_, key.name);
  if (!config || !config->meta.HasFinalizer(kProviderConfigFinalizer)) leaving_.erase(key);
}

Task<void> ConfigKeeper::LetGo(ObjectKey key) {
  const auto config = deps_.cache.FindProviderConfig(key.namespace_, key.name);
  if (!config) {
    leaving_.erase(key);
    co_return;
  }
  auto finalizers = config->meta.finalizers;
  std::erase(finalizers, kProviderConfigFinalizer);
  auto writing = deps_.writer.WriteFinalizers(TargetOf(*config), std::move(finalizers));
  auto written = co_await writing;
  if (written) {
    Settle(key);
    co_return;
  }
  if (written.error().error_class != ErrorClass::kWriteConflict) {
    deps_.trouble(key, written.error());
    const Duration asked = written.error().retry_after.value_or(std::chrono::seconds(0));
    SleepUntil resting(deps_.clock.Now() + std::max(kRetry, asked), deps_.stop);
    co_await resting;
  }
  leaving_.erase(key);
  // After a conflict the newer version may still be on its way; it is looked at when it comes.
  const auto now = deps_.cache.FindProviderConfig(key.namespace_, key.name);
  const bool waits = now && now->meta.resource_version == config->meta.resource_version &&
                     written.error().error_class == ErrorClass::kWriteConflict;
  if (!waits && !deps_.stop.StopRequested()) LetGoIfUnused(key);
}

}  // namespace instanced
