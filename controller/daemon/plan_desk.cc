#include <utility>

#include "controller/daemon/admin_desk.h"
#include "controller/plan/planner.h"
#include "controller/source/file/yaml_manifests.h"

namespace instanced {
namespace {

// What is kept for the answer's own way, and for objects that were not read in time.
constexpr CallDeadline kForTheAnswer = std::chrono::milliseconds(300);

// The files as the daemon would have read them from a directory.
std::optional<DirectorySnapshot> SnapshotOf(const PlanQuery& query) {
  DirectorySnapshot snapshot;
  switch (query.directory) {
    case PlanQuery::Directory::kNone:
      return std::nullopt;
    case PlanQuery::Directory::kVanished:
      snapshot.condition = DirectoryCondition::kVanished;
      snapshot.message = "the directory is not there";
      return snapshot;
    case PlanQuery::Directory::kUnreadable:
      snapshot.condition = DirectoryCondition::kUnreadable;
      snapshot.message = "the directory cannot be read";
      return snapshot;
    case PlanQuery::Directory::kRead:
      break;
  }
  const auto parse = YamlManifests("");
  for (const auto& [path, text] : query.files) {
    FileReading reading;
    reading.path = path;
    reading.parsed = std::make_shared<const ParsedManifest>(parse(path, text));
    if (!reading.IsGood()) reading.text = std::make_shared<const std::string>(text);
    snapshot.files.push_back(std::move(reading));
  }
  std::ranges::sort(snapshot.files, {}, &FileReading::path);
  return snapshot;
}

}  // namespace

Result<PlanReport> AdminDesk::Plan(PlanQuery query, CallDeadline deadline) {
  // On the caller's thread: reading manifests would hold the loop.
  auto manifests = SnapshotOf(query);
  return asker_.AskTask<PlanReport>(
      deadline, [this, manifests = std::move(manifests), deadline]() mutable {
        const auto give_up_at = deps_.clock.Now() + std::max(deadline / 2, deadline - kForTheAnswer);
        return PlanNow(std::move(manifests), give_up_at);
      });
}

PlanStart AdminDesk::PlanStartNow() const {
  PlanStart start;
  start.options = deps_.reconciler.options();
  start.brakes = deps_.brakes;
  start.churn = deps_.churn;
  deps_.cache.ForEachInstance(
      [&](const InstancePtr& object) { start.instances.push_back(object); });
  deps_.cache.ForEachProviderConfig(
      [&](const ProviderConfigPtr& config) { start.configs.push_back(config); });
  return start;
}

Task<Result<PlanReport>> AdminDesk::PlanNow(std::optional<DirectorySnapshot> manifests,
                                            MonotonicTime give_up_at) {
  PlanStart start = PlanStartNow();
  const auto recorded = start.instances;
  if (manifests) {
    const auto meaning = deps_.lives ? ManifestMeaning::kAll : ManifestMeaning::kApply;
    ApplyManifests(*manifests, meaning, deps_.lives ? deps_.lives() : RecordedLives(),
                   {deps_.clock.Now(), deps_.clock.WallNow()}, start);
  }
  Planner planner({deps_.clock, &deps_.providers, recorded, deps_.stop, give_up_at},
                  std::move(start));
  auto planning = planner.Run();
  co_return co_await planning;
}

}  // namespace instanced
