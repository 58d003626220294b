#include <utility>

#include "controller/daemon/admin_desk.h"
#include "controller/task/sleep.h"

namespace instanced {
namespace {

constexpr int kTriesMax = 5;
// An API server's watch tells us of a write, our own too, a moment after it was answered.
constexpr Duration kCatchUpStep = std::chrono::milliseconds(20);
constexpr int kCatchUpSteps = 100;

std::string_view NameOf(Steering steering) {
  switch (steering) {
    case Steering::kReconcile:
      return "Reconcile";
    case Steering::kPause:
      return "Pause";
    case Steering::kResume:
      return "Resume";
  }
  std::unreachable();
}

// An empty value takes the annotation away.
StringPairs AnnotationsOf(Steering steering, WallTime now) {
  switch (steering) {
    case Steering::kReconcile: {
      // With milliseconds, so that two requests within a second differ.
      const auto part = std::chrono::floor<std::chrono::milliseconds>(now.time_since_epoch()) %
                        std::chrono::seconds(1);
      std::string digits = std::to_string(part.count());
      digits.insert(0, 3 - digits.size(), '0');
      std::string text = FormatRfc3339(now);
      text.insert(text.size() - 1, "." + digits);
      return {{std::string(kReconcileRequestedAnnotation), std::move(text)}};
    }
    case Steering::kPause:
      return {{std::string(kPausedAnnotation), "true"}};
    case Steering::kResume:
      return {{std::string(kPausedAnnotation), ""}};
  }
  std::unreachable();
}

bool Paused(const InstanceObject& object) {
  const std::string* paused = FindValue(object.meta.annotations, kPausedAnnotation);
  return paused != nullptr && *paused == "true";
}

}  // namespace

Result<std::vector<HistoryEntry>> AdminDesk::History(HistoryQuery query, CallDeadline deadline) {
  return asker_.AskTask<std::vector<HistoryEntry>>(
      deadline, [this, query = std::move(query)] { return deps_.history(query); });
}

Result<ObjectReport> AdminDesk::Steer(SteerRequest request, CallDeadline deadline) {
  return asker_.AskTask<ObjectReport>(
      deadline, [this, request = std::move(request)] { return SteerNow(request); });
}

// Until the cache holds this life of the object at `version` or newer, or it takes too long.
Task<void> AdminDesk::CatchUp(ObjectKey key, std::string version) {
  for (int step = 0; step < kCatchUpSteps; ++step) {
    const auto object = deps_.cache.FindInstance(key);
    if (!object || !IsOlder(object->meta.resource_version, version)) co_return;
    SleepUntil sleeping(deps_.clock.Now() + kCatchUpStep, deps_.stop);
    co_await sleeping;
    if (deps_.stop.StopRequested()) co_return;
  }
}

Task<Result<ObjectReport>> AdminDesk::SteerNow(SteerRequest request) {
  const auto annotations = AnnotationsOf(request.steering, deps_.clock.WallNow());
  for (int tries = 1;; ++tries) {
    const auto object = deps_.cache.FindInstance(request.key);
    if (!object) co_return std::unexpected(Find(request.key).error());
    const WriteTarget target{request.key, object->meta.uid, object->meta.resource_version};
    auto writing = deps_.writer.WriteAnnotations(target, annotations);
    const auto written = co_await writing;
    if (written) {
      auto catching_up = CatchUp(request.key, *written);
      co_await catching_up;
      break;
    }
    const bool stale = written.error().error_class == ErrorClass::kWriteConflict;
    if (!stale || tries == kTriesMax) co_return std::unexpected(written.error());
    SleepUntil sleeping(deps_.clock.Now() + kCatchUpStep * tries, deps_.stop);
    co_await sleeping;
  }
  HistoryEntry entry;
  entry.at = deps_.clock.WallNow();
  entry.key = request.key;
  entry.kind = HistoryKind::kPerson;
  entry.operation = NameOf(request.steering);
  entry.result = "Success";
  entry.message = "asked by " + request.who;
  const auto object = deps_.cache.FindInstance(request.key);
  if (object) entry.uid = object->meta.uid;
  deps_.ledger.Append(std::move(entry));
  if (!object) co_return std::unexpected(Find(request.key).error());
  if (request.steering == Steering::kResume && Paused(*object)) {
    co_return Fail(ErrorClass::kValidation, "PausedByManifest",
                   "the manifest itself carries the annotation " + std::string(kPausedAnnotation) +
                       "; take it out there");
  }
  co_return ReportOf(object);
}

}  // namespace instanced
