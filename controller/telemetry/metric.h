// Every metric there is: name, type, labels, help. The one list that docs, dashboards and tests
// use.
//
// controller_runtime_*, workqueue_*, rest_client_* and leader_election_* bear controller-runtime's
// and client-go's own names and labels, so that dashboards people have keep working. Labels hold
// words from closed sets, services, operations, accounts and regions: never the name of an object.
// Seconds everywhere.
#pragma once

#include <span>
#include <string_view>

namespace instanced {

enum class Metric {
  kReconcileTotal,
  kReconcileErrors,
  kTerminalReconcileErrors,
  kReconcilePanics,
  kReconcileTimeouts,
  kReconcileTime,
  kMaxConcurrentReconciles,
  kActiveWorkers,
  kQueueDepth,
  kQueueAdds,
  kQueueDuration,
  kQueueWorkDuration,
  kQueueUnfinishedWork,
  kQueueLongestRunning,
  kQueueRetries,
  kRestRequests,
  kRestRequestDuration,
  kRestRateLimiterDuration,
  kRestRequestRetries,
  kRestRequestSize,
  kRestResponseSize,
  kLeaderStatus,
  kLeaderSlowpath,
  kProviderCalls,
  kProviderCallDuration,
  kProviderThrottles,
  kProviderDeferred,
  kProviderUnknownCodes,
  kBudgetRemaining,
  kBudgetRate,
  kBudgetCeiling,
  kBudgetParked,
  kChurnRemaining,
  kBrakeHeld,
  kInstances,
  kInDoubt,
  kDriftAge,
  kTimeToReady,
  kTimeToDelete,
  kObservationAge,
  kJournalWrites,
  kJournalWriteDuration,
  kJournalHealthy,
  kManifestObjects,
  kManifestErrors,
  kManifestLoads,
  kPluginUp,
  kPluginStarts,
  kBuildInfo,
};

enum class MetricType { kCounter, kGauge, kHistogram };

struct MetricInfo {
  Metric metric;
  MetricType type;
  std::string_view name;
  std::string_view help;
  std::span<const std::string_view> labels;
  std::span<const double> buckets;  // histograms: upper bounds
};

// In the order of Metric.
std::span<const MetricInfo> AllMetrics();
const MetricInfo& InfoOf(Metric metric);

}  // namespace instanced
