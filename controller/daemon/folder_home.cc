#include "controller/daemon/folder_home.h"

#include <utility>

#include "controller/daemon/options_from_config.h"
#include "controller/source/file/yaml_manifests.h"

namespace instanced {
namespace {

std::string OwnerOf(const HomeDeps& deps) {
  return deps.config.owner_id.empty() ? deps.journal.OwnerId() : deps.config.owner_id;
}

std::string FolderOf(const HomeDeps& deps) {
  return std::filesystem::absolute(deps.config.manifests).string();
}

}  // namespace

FolderHome::FolderHome(HomeDeps deps)
    : deps_(std::move(deps)),
      owner_(OwnerOf(deps_)),
      default_config_(deps_.cache, owner_,
                      {[this](const ObjectKey& key) { return store_.incarnations().contains(key); },
                       [this](const std::string& name) {
                         deps_.log.Info(
                             "no ProviderConfig named default; using the environment's credentials",
                             {{"namespace", name}});
                       }}),
      manifest_brakes_({deps_.clock, deps_.brakes, deps_.cache, deps_.log, deps_.metrics,
                        deps_.signals.brakes_changed, deps_.signals.wake}),
      store_(deps_.journal, deps_.clock, owner_),
      watcher_(
          FolderOf(deps_), YamlManifests(FolderOf(deps_)), deps_.clock,
          [this](std::function<void()> work) { deps_.loop.PostFromAnyThread(std::move(work)); },
          WatchTimingFrom(deps_.config)),
      source_(
          store_, watcher_,
          [this](const DirectoryReport& report) { manifest_brakes_.OnReport(report); },
          [this](DirectoryState state) {
            deps_.metrics.Count(Metric::kManifestLoads, {ToString(state)});
          }) {}

FolderHome::~FolderHome() { watcher_.Stop(); }

HomeSeams FolderHome::Seams() {
  HomeSeams seams{owner_, store_, deps_.journal};
  seams.lives = [this] { return RecordedLives{store_.rows(), store_.incarnations()}; };
  return seams;
}

Task<void> FolderHome::Run(WatchSink sink, StopToken stop) {
  return source_.Run(std::move(sink), std::move(stop));
}

void FolderHome::OnChange(const Change& change) {
  if (!default_config_.Fill(change)) return;
  deps_.cache.ForEachProviderConfig([this](const ProviderConfigPtr& object) {
    deps_.signals.provider_config_changed(object->meta.key);
  });
}

void FolderHome::OnAnswered(const std::vector<ObjectKey>& keys) { source_.ApproveMissing(keys); }

void FolderHome::Reload() { watcher_.Rescan(); }

}  // namespace instanced
