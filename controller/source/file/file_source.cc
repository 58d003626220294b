#include "controller/source/file/file_source.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "controller/task/sleep.h"

namespace instanced {
namespace {

constexpr std::chrono::seconds kStoreRetry{1};

Task<void> Pause(StopToken stop) {
  CurrentExecutor current;
  Executor& executor = co_await current;
  SleepUntil sleep(executor.Now() + kStoreRetry, std::move(stop));
  co_await sleep;
}

}  // namespace

FileSource::FileSource(JournalObjectStore& store, SnapshotFeed& feed,
                       std::function<void(const DirectoryReport&)> tell,
                       std::function<void(DirectoryState)> read)
    : store_(store), feed_(feed), tell_(std::move(tell)), read_(std::move(read)) {}

void FileSource::Wake() {
  in_sync_ = false;
  work_waiting_ = true;
  wake_.Set(0);
}

void FileSource::ApproveMissing(std::vector<ObjectKey> keys) {
  for (auto& key : keys) {
    if (std::ranges::find(report_.held, key) != report_.held.end())
      approved_.insert(std::move(key));
  }
  Wake();
}

Task<bool> FileSource::Load(StopToken stop) {
  while (!stop.StopRequested()) {
    auto load = store_.Load();
    const auto loaded = co_await load;
    if (loaded) co_return true;
    auto pause = Pause(stop);
    co_await pause;
  }
  co_return false;
}

Task<void> FileSource::ApplyNewest() {
  auto plan = PlanSnapshot(*newest_, store_.rows(), approved_);
  if (std::exchange(unheard_, false) && read_) read_(plan.report.state);
  if (plan.report.state == DirectoryState::kOk) approved_.clear();
  if (!told_ || plan.report != report_) {
    report_ = std::move(plan.report);
    told_ = true;
    tell_(report_);
  }
  auto apply = store_.Apply(std::move(plan.changes));
  const auto applied = co_await apply;
  // A snapshot that came meanwhile is yet to be applied.
  in_sync_ = applied.has_value() && !work_waiting_;
}

Task<void> FileSource::Run(WatchSink sink, StopToken stop) {
  auto load = Load(stop);
  const bool loaded = co_await load;
  if (!loaded) co_return;
  const auto stopped = stop.OnStop([this] { Wake(); });
  feed_.Start([this](DirectorySnapshot snapshot) {
    newest_ = std::move(snapshot);
    unheard_ = true;
    Wake();
  });
  bool attached = false;
  while (!stop.StopRequested()) {
    if (!work_waiting_) co_await wake_;
    wake_ = Completion<int>();
    work_waiting_ = false;
    if (stop.StopRequested() || !newest_) continue;
    auto apply = ApplyNewest();
    co_await apply;
    if (!attached) store_.Attach(sink);
    attached = true;
    if (in_sync_ || work_waiting_) continue;
    auto pause = Pause(stop);
    co_await pause;
    work_waiting_ = true;
  }
  feed_.Stop();
}

}  // namespace instanced
