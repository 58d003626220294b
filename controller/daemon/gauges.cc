#include "controller/daemon/gauges.h"

#include <algorithm>
#include <array>
#include <map>

#include "controller/budget/call_metrics.h"
#include "controller/reconcile/deletion_reach.h"

namespace instanced {
namespace {

constexpr std::array<std::string_view, kPriorities> kPriorityNames{"urgent", "transition", "drift"};

std::string_view StateOf(const InstanceView& object) {
  const auto& conditions = object.status.conditions;
  if (object.meta.IsDeleting()) return "Deleting";
  if (conditions.Find(ConditionType::kStalled)) return "Stalled";
  const auto* ready = conditions.Find(ConditionType::kReady);
  if (ready && ready->status == ConditionStatus::kTrue) return "Ready";
  return "Reconciling";
}

bool SaysDrift(Reason reason) {
  return reason == Reason::kUpdating || reason == Reason::kDriftNotRepairable ||
         reason == Reason::kImmutableField || reason == Reason::kFlappingDiff;
}

// How long an instance has been known to differ from what is declared; zero while it does not.
double DriftSeconds(const InstanceView& object, WallTime now) {
  for (const auto type : {ConditionType::kStalled, ConditionType::kReconciling}) {
    const auto* condition = object.status.conditions.Find(type);
    if (!condition || !SaysDrift(condition->reason)) continue;
    const auto since = ParseRfc3339(condition->last_transition_time.ToString());
    if (!since) continue;
    return std::max(0.0, std::chrono::duration<double>(now - *since).count());
  }
  return 0;
}

// Only of what this process has looked at: what it has not is no older than the process.
void ShowObservationAges(const GaugeSources& sources, Metrics& metrics) {
  const auto now = sources.clock.Now();
  std::map<Kind, double> oldest;
  sources.cache.ForEachInstance([&](const InstanceView& object) {
    const Track* track = sources.tracks.Find(object.meta.key.Copy());
    if (track == nullptr || !track->observed_at) return;
    double& age = oldest[object.meta.key.kind];
    age = std::max(age, std::chrono::duration<double>(now - *track->observed_at).count());
  });
  metrics.Reset(Metric::kObservationAge);
  for (const auto& [kind, age] : oldest) {
    metrics.Set(Metric::kObservationAge, {ToString(kind)}, age);
  }
}

void ShowInstances(const ObjectCache& cache, WallTime now, Metrics& metrics) {
  std::map<std::pair<Kind, std::string_view>, int> states;
  std::map<Kind, int> doubts;
  std::map<Kind, int> declared;
  std::map<Kind, double> drifts;
  for (const Kind kind : InstanceKinds()) {
    doubts[kind] = 0;
    declared[kind] = 0;
    drifts[kind] = 0;
  }
  cache.ForEachInstance([&](const InstanceView& object) {
    const Kind kind = object.meta.key.kind;
    ++states[{kind, StateOf(object)}];
    ++declared[kind];
    drifts[kind] = std::max(drifts[kind], DriftSeconds(object, now));
    const auto& intent = object.status.intent;
    if (intent && intent->operation == kCreateOperation) ++doubts[kind];
  });
  metrics.Reset(Metric::kInstances);
  for (const auto& [state, count] : states) {
    metrics.Set(Metric::kInstances, {ToString(state.first), state.second}, count);
  }
  for (const auto& [kind, count] : doubts) {
    metrics.Set(Metric::kInDoubt, {ToString(kind)}, count);
  }
  for (const auto& [kind, seconds] : drifts) {
    metrics.Set(Metric::kDriftAge, {ToString(kind)}, seconds);
  }
  for (const auto& [kind, count] : declared) {
    metrics.Set(Metric::kManifestObjects, {ToString(kind)}, count);
  }
}

void ShowQueue(const GaugeSources& sources, Metrics& metrics) {
  const auto stats = sources.queue.Stats(sources.clock.Now());
  const auto seconds = [](Duration span) { return std::chrono::duration<double>(span).count(); };
  for (std::size_t i = 0; i < kPriorities; ++i) {
    metrics.Set(Metric::kQueueDepth, {kQueueName, kQueueName, kPriorityNames[i]},
                static_cast<double>(stats.depth[i]));
  }
  metrics.CountUpTo(Metric::kQueueAdds, {kQueueName, kQueueName}, static_cast<double>(stats.adds));
  metrics.Set(Metric::kQueueUnfinishedWork, {kQueueName, kQueueName}, seconds(stats.unfinished));
  metrics.Set(Metric::kQueueLongestRunning, {kQueueName, kQueueName},
              seconds(stats.longest_running));
  metrics.Set(Metric::kActiveWorkers, {kQueueName},
              static_cast<double>(sources.controller.in_flight()));
  metrics.Set(Metric::kMaxConcurrentReconciles, {kQueueName}, sources.passes_in_flight_max);
}

void ShowBrakes(const BrakeBook& brakes, Metrics& metrics) {
  metrics.Reset(Metric::kBrakeHeld);
  for (const auto& brake : brakes.List()) {
    const auto kind = brake.kind ? ToString(*brake.kind) : std::string_view("any");
    metrics.Set(Metric::kBrakeHeld, {kind, ToString(brake.cause)},
                static_cast<double>(brake.keys.size()));
  }
}

}  // namespace

void ShowGauges(const GaugeSources& sources, Metrics& metrics) {
  ShowInstances(sources.cache, sources.clock.WallNow(), metrics);
  ShowObservationAges(sources, metrics);
  ShowQueue(sources, metrics);
  ShowBrakes(sources.brakes, metrics);
  ShowBudgets(sources.budget, sources.clock.Now(), metrics);
  for (const auto& [account, left] : sources.churn.RemainingByAccount(sources.clock.WallNow())) {
    const auto first = account.find('/');
    const auto last = account.rfind('/');
    if (first == std::string::npos || first == last) continue;
    const std::string_view text(account);
    metrics.Set(
        Metric::kChurnRemaining,
        {text.substr(0, first), text.substr(first + 1, last - first - 1), text.substr(last + 1)},
        left);
  }
  metrics.Set(Metric::kJournalHealthy, {}, sources.record_works ? 1 : 0);
}

void ShowPassTimes(Duration waited, Duration worked, Metrics& metrics) {
  const auto seconds = [](Duration span) { return std::chrono::duration<double>(span).count(); };
  metrics.Observe(Metric::kQueueDuration, {kQueueName, kQueueName}, seconds(waited));
  metrics.Observe(Metric::kQueueWorkDuration, {kQueueName, kQueueName}, seconds(worked));
}

void ShowDeleted(const ObjectPtr& object, WallTime now, Metrics& metrics) {
  const auto* instance = std::get_if<InstancePtr>(&object);
  if (!instance || !DeletionReachesCloud(**instance)) return;
  const auto since = ParseRfc3339(*(*instance)->meta.deletion_timestamp);
  if (!since) return;
  metrics.Observe(Metric::kTimeToDelete, {ToString((*instance)->meta.key.kind)},
                  std::max(0.0, std::chrono::duration<double>(now - *since).count()));
}

}  // namespace instanced
