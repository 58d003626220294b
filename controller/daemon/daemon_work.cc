#include "controller/daemon/daemon_parts.h"

#include <utility>

#include "controller/daemon/gauges.h"
#include "controller/daemon/heap.h"
#include "controller/task/sleep.h"

namespace instanced {
namespace {

constexpr Duration kGaugeInterval = std::chrono::seconds(2);
constexpr int kBeatsPerTrim = 5;
constexpr int kBeatsPerProbe = 5;
constexpr Duration kTimeToEnd = std::chrono::seconds(2);
constexpr Duration kLongAgo = std::chrono::hours(24 * 60);

}  // namespace

Task<void> Daemon::Parts::Work() {
  // With leases, each share when it is taken: a standby keeps no brake of its own.
  auto restoring = Restore(home->Seams().fence ? std::nullopt : std::optional<std::string>(""));
  if (auto restored = co_await restoring; !restored) {
    log.Failure(instanced::LogLevel::kError, "cannot read what was recorded", restored.error());
    exit_code = 1;
    StopWork();
    co_return;
  }
  others.Spawn(Beat());
  others.Spawn(controller->Run(stop_work.token()));
  // Calls under way may need them until the drain is over.
  plugins->Start([this](Task<void> task) { others.Spawn(std::move(task)); }, stop_calls.token());
  auto running = home->Run([this](WatchEvent event) { informer->Handle(std::move(event)); },
                           stop_work.token());
  co_await running;
}

// Another process has spent from the same accounts until a moment ago.
void Daemon::Parts::TakeOver() {
  budget.TakeOver(clock.Now());
  controller->TakeOver(cache);
  home->TakenOver();
}

// Nothing more may be done: what is under way is cut off.
void Daemon::Parts::End() {
  exit_code = 1;
  health.Stopping();
  StopWork();
  stop_calls.RequestStop();
}

// Without a share only what belongs to the installation as a whole.
Task<Result<void>> Daemon::Parts::Restore(std::optional<std::string> share) {
  Ledger& ledger = home->Seams().ledger;
  auto loading_churn =
      ledger.LoadChurn(clock.WallNow() - std::chrono::floor<std::chrono::milliseconds>(kLongAgo));
  auto entries = co_await loading_churn;
  if (!entries) co_return std::unexpected(std::move(entries.error()));
  churn.Load(*entries);
  if (!share) co_return Result<void>();
  auto loading = ledger.LoadDocuments();
  auto documents = co_await loading;
  if (!documents) co_return std::unexpected(std::move(documents.error()));
  guards->TakeShare(*share, *documents);
  co_return Result<void>();
}

Task<void> Daemon::Parts::Beat() {
  const auto seams = home->Seams();
  bool red = false;
  for (int beat = 1; !stop_work.StopRequested(); ++beat) {
    health.Beat();
    if (beat % kBeatsPerTrim == 0) ReturnFreeMemory();
    const auto state = journal->Health();
    const bool sick = state.state == StoreHealth::kRed;
    if (sick && !red) log.Error("journal cannot be written", {{"cause", state.message}});
    if (!sick && red) log.Info("journal can be written again");
    red = sick;
    // In a cluster the journal holds nothing but history.
    record_works = seams.record_works ? seams.record_works() : !sick;
    if (!record_works && seams.probe_record && beat % kBeatsPerProbe == 0) {
      others.Spawn(seams.probe_record());
    }
    const auto standing = home->standing();
    health.LeasesKnown(standing ? DaemonHealth::Leases::kKnown : DaemonHealth::Leases::kUnknown);
    health.SetStanding(standing && standing->starts_with("standby")
                           ? DaemonHealth::Standing::kStandby
                           : DaemonHealth::Standing::kActing);
    ShowGauges({clock, cache, queue, budget, churn, brakes, record_works, *controller,
                reconciler->tracks(), config.max_in_flight},
               metrics);
    reconciler->DropOldLists();
    if (sick) {
      auto probing = journal->Probe();
      (void)co_await probing;
    }
    SleepUntil sleeping(clock.Now() + kGaugeInterval, stop_work.token());
    co_await sleeping;
  }
  for (auto& rates : guards->LearnedRates()) {
    auto saving = seams.ledger.SaveDocument(std::move(rates));
    (void)co_await saving;
  }
}

Task<void> Daemon::Parts::Drain() {
  auto joining = passes.Join();
  co_await joining;
  auto leaving = home->Leave();
  co_await leaving;
  // Nobody waits for a list any more: a sweep under way ends with its next answer.
  stop_calls.RequestStop();
}

// Timers, as a call that is never answered gives the loop nothing else to wake for.
Task<void> Daemon::Parts::LimitDrain() {
  const MonotonicTime drained = clock.Now() + config.drain_timeout;
  SleepUntil draining(drained);
  co_await draining;
  stop_calls.RequestStop();
  SleepUntil ending(drained + kTimeToEnd);
  co_await ending;
}

void Daemon::Parts::StopWork() {
  if (stop_work.StopRequested()) return;
  stop_work.RequestStop();
  limits.Spawn(LimitDrain());
}

}  // namespace instanced
