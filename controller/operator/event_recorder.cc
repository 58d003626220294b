#include "controller/operator/event_recorder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/error/cut_text.h"
#include "controller/reconcile/retry_table.h"
#include "controller/task/sleep.h"

namespace instanced {
namespace {

using nlohmann::json;

constexpr Duration kSeriesLasts = std::chrono::minutes(10);
constexpr Duration kOneMoreEvery = std::chrono::seconds(30);
constexpr double kAtOnce = 10;
constexpr std::size_t kPendingMax = 500;
constexpr std::size_t kForgetAtLeast = 1000;
constexpr std::size_t kNoteMax = 1024;
constexpr std::size_t kWordMax = 128;
constexpr int kTooMany = 429;

// "2026-01-15T12:00:00.000000Z": what Kubernetes calls a MicroTime.
std::string MicroTime(WallTime time) {
  const auto second = std::chrono::floor<std::chrono::seconds>(time);
  std::string text = FormatRfc3339(second);
  text.insert(text.size() - 1, fmt::format(".{:03}000", (time - second).count()));
  return text;
}

struct Said {
  bool warning = false;
  std::string reason;
};

// Nothing for steps inside a pass and for waits that only follow the cloud.
struct Telling {
  std::optional<Said> operator()(const Hold& hold) const {
    return Said{true, std::string(ToString(hold.reason))};
  }
  std::optional<Said> operator()(const Retry& retry) const {
    return Said{true, std::string(ToString(ReactionTo(retry.error.error_class).reason))};
  }
  std::optional<Said> operator()(const Wait& wait) const {
    if (wait.reason != Reason::kInDoubt) return std::nullopt;
    return Said{true, "InDoubt"};
  }
  std::optional<Said> operator()(const Adopt&) const { return Said{false, "Adopted"}; }
  std::optional<Said> operator()(const Unbind&) const { return Said{true, "Unbound"}; }
  std::optional<Said> operator()(const RemoveFinalizer&) const { return Said{false, "LetGo"}; }
  template <class Step>
  std::optional<Said> operator()(const Step&) const {
    return std::nullopt;
  }
};

}  // namespace

void EventRecorder::DecisionChanged(const InstanceObject& object, const Decision& decision) {
  const auto said = std::visit(Telling{}, decision);
  if (!said) return;
  Tell({object.meta.key, object.meta.uid, said->warning ? Tone::kWarning : Tone::kNormal,
        said->reason, std::string(NameOf(decision)), Explain(decision), ""});
}

void EventRecorder::CallRecorded(const HistoryEntry& entry) {
  // An object that is gone has no page an Event could stand on.
  if (entry.uid.empty()) return;
  Note note{entry.key,       entry.uid, Tone::kNormal,   "CallSucceeded",
            entry.operation, "",        entry.request_id};
  note.text = entry.operation + " succeeded";
  if (entry.kind == HistoryKind::kFailure) {
    note.tone = Tone::kWarning;
    note.reason = "CallFailed";
    note.text = entry.operation + " failed: " + entry.code + ": " + entry.message;
  }
  Tell(std::move(note));
}

void EventRecorder::BecameReady(const ObjectKey& key, Duration) {
  const auto object = deps_.cache.FindInstance(key);
  if (!object) return;
  Tell({key, object->meta.uid, Tone::kNormal, "Ready", "Observe",
        "the cloud reports instance " + object->status.external_name + " usable", ""});
}

bool EventRecorder::MayBegin(const std::string& uid) {
  const auto now = deps_.clock.Now();
  auto& allowance = allowances_.try_emplace(uid, Allowance{kAtOnce, now}).first->second;
  const auto since = std::chrono::duration<double>(now - allowance.at);
  allowance.left =
      std::min(kAtOnce, allowance.left + since / std::chrono::duration<double>(kOneMoreEvery));
  allowance.at = now;
  if (allowance.left < 1) return false;
  allowance.left -= 1;
  return true;
}

void EventRecorder::Forget() {
  const auto now = deps_.clock.Now();
  std::erase_if(series_, [&](const auto& entry) {
    const Series& series = entry.second;
    return series.written == series.count && now - series.last >= kSeriesLasts;
  });
  std::erase_if(allowances_, [&](const auto& entry) {
    return now - entry.second.at >= kOneMoreEvery * static_cast<int>(kAtOnce);
  });
  // What cannot be forgotten yet is not looked through again and again.
  forget_at_ = std::max(kForgetAtLeast, 2 * (series_.size() + allowances_.size()));
}

void EventRecorder::Tell(Note note) {
  const auto now = deps_.clock.Now();
  const std::string identity =
      note.uid + "\n" + note.reason + "\n" + note.action + "\n" + note.text;
  auto found = series_.find(identity);
  if (found != series_.end() && now - found->second.last >= kSeriesLasts) {
    series_.erase(found);
    found = series_.end();
  }
  if (found != series_.end()) {
    ++found->second.count;
    found->second.last = now;
  } else {
    if (pending_.size() >= kPendingMax || !MayBegin(note.uid)) return;
    if (series_.size() + allowances_.size() >= forget_at_) Forget();
    const std::string name =
        fmt::format("{}.{:016x}", CutUtf8(note.key.name, 200), deps_.random.Next());
    Series series{name, note.key, 1, 0, now, BodyOf(note, name)};
    found = series_.emplace(identity, std::move(series)).first;
  }
  if (std::ranges::find(pending_, identity) == pending_.end()) pending_.push_back(identity);
  if (!std::exchange(writing_, true)) deps_.spawn(WriteAll());
}

std::string EventRecorder::BodyOf(const Note& note, const std::string& name) {
  std::string text = note.text;
  if (!note.request_id.empty()) text += " (request " + note.request_id + ")";
  return json{{"apiVersion", "events.k8s.io/v1"},
              {"kind", "Event"},
              {"metadata", {{"name", name}, {"namespace", note.key.namespace_}}},
              {"eventTime", MicroTime(deps_.clock.WallNow())},
              {"reportingController", "instanced.dev/instanced"},
              {"reportingInstance", CutUtf8(deps_.reporter, kWordMax)},
              {"type", note.tone == Tone::kWarning ? "Warning" : "Normal"},
              {"reason", CutUtf8(note.reason, kWordMax)},
              {"action", CutUtf8(note.action, kWordMax)},
              {"note", CutUtf8(std::move(text), kNoteMax)},
              {"regarding",
               {{"apiVersion", kApiVersion},
                {"kind", ToString(note.key.kind)},
                {"namespace", note.key.namespace_},
                {"name", note.key.name},
                {"uid", note.uid}}}}
      .dump(-1, ' ', false, json::error_handler_t::replace);
}

Task<Result<std::string>> EventRecorder::Write(std::string identity) {
  const auto found = series_.find(identity);
  if (found == series_.end()) co_return std::string();
  const Series series = found->second;
  const ResourceRef events{"events.k8s.io", "v1", "events", series.key.namespace_};
  Task<Result<std::string>> writing;
  if (series.written == 0) {
    writing = deps_.client.Create(events, series.body, deps_.stop);
  } else {
    const json patch{
        {"series",
         {{"count", series.count}, {"lastObservedTime", MicroTime(deps_.clock.WallNow())}}}};
    writing = deps_.client.MergePatch({events, series.event, ""}, patch.dump(), deps_.stop);
  }
  auto written = co_await writing;
  const auto now_there = series_.find(identity);
  if (now_there == series_.end()) co_return written;
  if (written) {
    // What was counted while the Event was made is written with the next one of its kind.
    now_there->second.written = series.written == 0 ? 1 : series.count;
    now_there->second.body = {};
  } else {
    series_.erase(now_there);
  }
  co_return written;
}

Task<void> EventRecorder::WriteAll() {
  while (!pending_.empty() && !deps_.stop.StopRequested()) {
    const std::string identity = pending_.front();
    pending_.pop_front();
    const auto series = series_.find(identity);
    const ObjectKey key = series == series_.end() ? ObjectKey() : series->second.key;
    auto writing = Write(identity);
    const auto written = co_await writing;
    if (written || deps_.stop.StopRequested()) continue;
    deps_.trouble(key, written.error());
    if (written.error().http_status != kTooMany) continue;
    SleepUntil resting(
        deps_.clock.Now() + written.error().retry_after.value_or(std::chrono::seconds(1)),
        deps_.stop);
    co_await resting;
  }
  writing_ = false;
}

}  // namespace instanced
