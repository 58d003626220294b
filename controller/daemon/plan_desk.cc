#include <algorithm>
#include <utility>

#include "controller/daemon/admin_desk.h"
#include "controller/plan/manifest_input.h"
#include "controller/plan/planner.h"
#include "controller/task/either_stop.h"

namespace instanced {
namespace {

// What is kept for the answer's own way, and for objects that were not read in time.
constexpr CallDeadline kForTheAnswer = std::chrono::milliseconds(300);

std::optional<DirectorySnapshot> SnapshotFor(const PlanQuery& query) {
  switch (query.directory) {
    case PlanQuery::Directory::kNone:
      return std::nullopt;
    case PlanQuery::Directory::kVanished:
      return SnapshotOf(DirectoryCondition::kVanished, "the directory is not there");
    case PlanQuery::Directory::kUnreadable:
      return SnapshotOf(DirectoryCondition::kUnreadable, "the directory cannot be read");
    case PlanQuery::Directory::kRead:
      return SnapshotOf(query.files);
  }
  std::unreachable();
}

}  // namespace

Result<PlanReport> AdminDesk::Plan(PlanQuery query, Patience patience) {
  // On the caller's thread: reading manifests would hold the loop.
  auto manifests = SnapshotFor(query);
  const auto most = patience.most;
  return asker_.AskTask<PlanReport>(
      std::move(patience), [this, manifests = std::move(manifests), most](StopToken left) mutable {
        const auto give_up_at = deps_.clock.Now() + std::max(most / 2, most - kForTheAnswer);
        return PlanNow(std::move(manifests), give_up_at, std::move(left));
      });
}

PlanStart AdminDesk::PlanStartNow() const {
  PlanStart start;
  start.options = deps_.reconciler.options();
  start.brakes = deps_.brakes;
  start.churn = deps_.churn;
  deps_.cache.ForEachInstance([&](const InstanceView& object) {
    start.instances.push_back(std::make_shared<const InstanceObject>(object.Copy()));
  });
  deps_.cache.ForEachProviderConfig(
      [&](const ProviderConfigPtr& config) { start.configs.push_back(config); });
  return start;
}

Task<Result<PlanReport>> AdminDesk::PlanNow(std::optional<DirectorySnapshot> manifests,
                                            MonotonicTime give_up_at, StopToken left) {
  PlanStart start = PlanStartNow();
  const auto recorded = start.instances;
  if (manifests) {
    const auto meaning = deps_.lives ? ManifestMeaning::kAll : ManifestMeaning::kApply;
    ApplyManifests(*manifests, meaning, deps_.lives ? deps_.lives() : RecordedLives(),
                   {deps_.clock.Now(), deps_.clock.WallNow()}, start);
  }
  const EitherStop stop(deps_.stop, left);
  Planner planner(
      {deps_.clock, &deps_.providers, recorded, stop.token(), give_up_at, &deps_.budget},
      std::move(start));
  auto planning = planner.Run();
  co_return co_await planning;
}

}  // namespace instanced
