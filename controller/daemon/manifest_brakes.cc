#include "controller/daemon/manifest_brakes.h"

#include <algorithm>
#include <set>
#include <utility>

#include "controller/plan/directory_brake.h"

namespace instanced {

void ManifestBrakes::OnReport(const DirectoryReport& report) {
  Show(report);
  const auto cause = CauseOf(report.state);
  if (raised_ && raised_ != cause) LetGo();
  if (cause) Hold(report);
  deps_.brakes_changed();
}

void ManifestBrakes::Hold(const DirectoryReport& report) {
  raised_ = CauseOf(report.state);
  const Instant at{deps_.clock.Now(), deps_.clock.WallNow()};
  held_.clear();
  for (const auto& key : report.held) {
    if (key.kind != Kind::kProviderConfig) held_.push_back(key);
  }
  if (held_.empty()) return;
  deps_.brakes.Raise(*raised_, {std::nullopt, {held_.begin(), held_.end()}}, at);
  for (const auto& key : held_) {
    const auto object = deps_.cache.FindInstance(key);
    const bool exists = object && !object->status.external_name.empty();
    deps_.brakes.Ask({key, exists ? InstanceHeld::kExists : InstanceHeld::kUnknown}, at);
    deps_.wake(key);
  }
  deps_.log.Warning("manifests are not believed; deletions are held",
                    {{"state", ToString(report.state)},
                     {"cause", report.message},
                     {"objects", held_.size()},
                     {"next", "put them back, or see instancectl brakes"}});
}

void ManifestBrakes::LetGo() {
  const auto now = deps_.clock.Now();
  for (const auto& key : held_) {
    const auto object = deps_.cache.FindInstance(key);
    if (!object || !object->meta.IsDeleting()) deps_.brakes.Withdraw(key, now);
  }
  deps_.brakes.Clear(*raised_, std::nullopt, now);
  for (const auto& key : std::exchange(held_, {})) deps_.wake(key);
  raised_.reset();
}

void ManifestBrakes::Show(const DirectoryReport& report) {
  deps_.metrics.Set(Metric::kManifestErrors, {}, static_cast<double>(report.problems.size()));
  for (const auto& problem : report.problems) {
    if (std::ranges::find(shown_, problem) != shown_.end()) continue;
    deps_.log.Error("manifest is refused; its last good objects stay",
                    {{"file", problem.file}, {"problem", problem.message}});
  }
  if (!shown_.empty() && report.problems.empty()) deps_.log.Info("manifests are in order again");
  shown_ = report.problems;
}

}  // namespace instanced
