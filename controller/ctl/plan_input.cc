#include "controller/ctl/plan_input.h"

#include <system_error>
#include <utility>

#include "controller/admin/plan_messages.h"
#include "controller/plan/manifest_input.h"
#include "controller/plan/planner.h"
#include "controller/source/manifest/manifest_set.h"
#include "controller/task/loop.h"

namespace instanced::ctl {
namespace {

using Directory = admin::v1::PlanRequest;

std::unexpected<CtlError> Refused(std::string message) {
  return std::unexpected(CtlError{CtlError::Cause::kRefused, std::move(message)});
}

std::optional<DirectorySnapshot> SnapshotFrom(const admin::v1::PlanRequest& request) {
  switch (request.directory()) {
    case Directory::DIRECTORY_READ: {
      ManifestTexts files;
      for (const auto& file : request.files()) files.emplace_back(file.path(), file.text());
      return SnapshotOf(files);
    }
    case Directory::DIRECTORY_VANISHED:
      return SnapshotOf(DirectoryCondition::kVanished, "the directory is not there");
    case Directory::DIRECTORY_UNREADABLE:
      return SnapshotOf(DirectoryCondition::kUnreadable, "the directory cannot be read");
    default:
      return std::nullopt;
  }
}

}  // namespace

CtlResult<admin::v1::PlanRequest> ReadPlanRequest(const std::filesystem::path& directory) {
  admin::v1::PlanRequest request;
  if (directory.empty()) return request;
  std::error_code failed;
  if (!std::filesystem::exists(directory, failed)) {
    request.set_directory(Directory::DIRECTORY_VANISHED);
    return request;
  }
  if (!std::filesystem::is_directory(directory, failed)) {
    return Refused(directory.string() + " is not a directory");
  }
  const auto listing = ListManifests(directory, {});
  request.set_directory(listing.problems.empty() ? Directory::DIRECTORY_READ
                                                 : Directory::DIRECTORY_UNREADABLE);
  for (const auto& path : listing.files) {
    auto text = ReadManifest(path, {});
    if (!text) return Refused(ToString(text.error()));
    auto& file = *request.add_files();
    file.set_path(path.lexically_relative(directory).string());
    file.set_text(std::move(*text));
  }
  return request;
}

CtlResult<admin::v1::PlanResponse> PlanOffline(const admin::v1::PlanRequest& request,
                                               const std::filesystem::path& state,
                                               const Clock& clock) {
  RecordedState recorded;
  recorded.owner_id = "offline";
  if (!state.empty()) {
    auto read = ReadRecordedState(state.string());
    if (!read) return Refused(read.error().message);
    recorded = std::move(*read);
  }
  const Instant at{clock.Now(), clock.WallNow()};
  PlanStart start = StartFrom(recorded, at);
  const auto before = start.instances;
  if (const auto manifests = SnapshotFrom(request)) {
    ApplyManifests(*manifests, ManifestMeaning::kAll, LivesOf(recorded), at, start);
  }
  Loop loop(clock);
  Planner planner({clock, nullptr, before, {}, MonotonicTime::max()}, std::move(start));
  const PlanReport report = RunBlocking(loop, planner.Run());
  admin::v1::PlanResponse answer;
  Fill(answer, report);
  return answer;
}

}  // namespace instanced::ctl
