#include "controller/telemetry/metric.h"

#include <array>

namespace instanced {
namespace {

using Labels = std::span<const std::string_view>;
using Words1 = std::array<std::string_view, 1>;
using Words2 = std::array<std::string_view, 2>;
using Words3 = std::array<std::string_view, 3>;
using Words4 = std::array<std::string_view, 4>;

constexpr Words1 kController{"controller"};
constexpr Words2 kControllerResult{"controller", "result"};
constexpr Words2 kQueue{"name", "controller"};
constexpr Words3 kQueuePriority{"name", "controller", "priority"};
constexpr Words3 kCodeMethodHost{"code", "method", "host"};
constexpr Words2 kVerbHost{"verb", "host"};
constexpr Words3 kCodeVerbHost{"code", "verb", "host"};
constexpr Words1 kName{"name"};
constexpr Words3 kCall{"service", "operation", "class"};
constexpr Words2 kOperation{"service", "operation"};
constexpr Words2 kServiceClass{"service", "class"};
constexpr Words4 kBudget{"service", "account", "region", "operation"};
constexpr Words3 kDomain{"service", "account", "region"};
constexpr Words2 kKindCause{"kind", "cause"};
constexpr Words2 kKindState{"kind", "state"};
constexpr Words1 kKind{"kind"};
constexpr Words1 kResult{"result"};
constexpr Words1 kPlugin{"plugin"};
constexpr Words2 kBuild{"version", "compiler"};
constexpr Labels kNone{};

// Passes and calls: a millisecond to a minute.
constexpr std::array<double, 14> kShort{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                        0.25,  0.5,    1,     2.5,  5,     15,   60};
// client-go's own for queues: powers of ten.
constexpr std::array<double, 12> kQueueBuckets{1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3,
                                               1e-2, 1e-1, 1,    10,   100,  1000};
// What clouds take: seconds to half a day.
constexpr std::array<double, 13> kLong{1,   5,    15,   30,   60,   120,  300,
                                       600, 1200, 1800, 3600, 7200, 43200};
constexpr std::array<double, 9> kBytes{64, 256, 512, 1024, 4096, 16384, 65536, 1048576, 16777216};

constexpr auto kCounter = MetricType::kCounter;
constexpr auto kGauge = MetricType::kGauge;
constexpr auto kHistogram = MetricType::kHistogram;

constexpr auto kMetrics = std::to_array<MetricInfo>({
    {Metric::kReconcileTotal,
     kCounter,
     "controller_runtime_reconcile_total",
     "Passes per controller and result.",
     kControllerResult,
     {}},
    {Metric::kReconcileErrors,
     kCounter,
     "controller_runtime_reconcile_errors_total",
     "Passes that failed, per controller.",
     kController,
     {}},
    {Metric::kTerminalReconcileErrors,
     kCounter,
     "controller_runtime_terminal_reconcile_errors_total",
     "Passes that failed and wait for a change, per controller.",
     kController,
     {}},
    {Metric::kReconcilePanics,
     kCounter,
     "controller_runtime_reconcile_panics_total",
     "Passes that ended by an internal fault, per controller: always 0, it ends the process.",
     kController,
     {}},
    {Metric::kReconcileTimeouts,
     kCounter,
     "controller_runtime_reconcile_timeouts_total",
     "Passes of which a call ran into its deadline, per controller.",
     kController,
     {}},
    {Metric::kReconcileTime, kHistogram, "controller_runtime_reconcile_time_seconds",
     "Length of a pass, per controller.", kController, kShort},
    {Metric::kMaxConcurrentReconciles,
     kGauge,
     "controller_runtime_max_concurrent_reconciles",
     "Most passes that may be in flight, per controller.",
     kController,
     {}},
    {Metric::kActiveWorkers,
     kGauge,
     "controller_runtime_active_workers",
     "Passes in flight, per controller.",
     kController,
     {}},
    {Metric::kQueueDepth,
     kGauge,
     "workqueue_depth",
     "Keys that wait to be handed out.",
     kQueuePriority,
     {}},
    {Metric::kQueueAdds, kCounter, "workqueue_adds_total", "Keys that became ready.", kQueue, {}},
    {Metric::kQueueDuration, kHistogram, "workqueue_queue_duration_seconds",
     "How long a key waited before it was handed out.", kQueue, kQueueBuckets},
    {Metric::kQueueWorkDuration, kHistogram, "workqueue_work_duration_seconds",
     "How long the work on a key took.", kQueue, kQueueBuckets},
    {Metric::kQueueUnfinishedWork,
     kGauge,
     "workqueue_unfinished_work_seconds",
     "Summed age of the work in flight.",
     kQueue,
     {}},
    {Metric::kQueueLongestRunning,
     kGauge,
     "workqueue_longest_running_processor_seconds",
     "Age of the oldest work in flight.",
     kQueue,
     {}},
    {Metric::kQueueRetries,
     kCounter,
     "workqueue_retries_total",
     "Keys added again for later, healthy polls included.",
     kQueue,
     {}},
    {Metric::kRestRequests,
     kCounter,
     "rest_client_requests_total",
     "Requests to the Kubernetes API.",
     kCodeMethodHost,
     {}},
    {Metric::kRestRequestDuration, kHistogram, "rest_client_request_duration_seconds",
     "Latency of requests to the Kubernetes API.", kVerbHost, kShort},
    {Metric::kRestRateLimiterDuration, kHistogram, "rest_client_rate_limiter_duration_seconds",
     "Wait for a place among the calls under way, before a request to the Kubernetes API; leases "
     "and "
     "watches wait for none.",
     kVerbHost, kShort},
    {Metric::kRestRequestRetries,
     kCounter,
     "rest_client_request_retries_total",
     "Requests to the Kubernetes API that were sent again.",
     kCodeVerbHost,
     {}},
    {Metric::kRestRequestSize, kHistogram, "rest_client_request_size_bytes",
     "Size of requests to the Kubernetes API.", kVerbHost, kBytes},
    {Metric::kRestResponseSize, kHistogram, "rest_client_response_size_bytes",
     "Size of answers of the Kubernetes API.", kVerbHost, kBytes},
    {Metric::kLeaderStatus,
     kGauge,
     "leader_election_master_status",
     "1 while this process holds the lease of that name, else 0.",
     kName,
     {}},
    {Metric::kLeaderSlowpath,
     kCounter,
     "leader_election_slowpath_total",
     "Renewals refused because the lease had changed, and read first.",
     kName,
     {}},
    {Metric::kProviderCalls,
     kCounter,
     "instanced_provider_calls_total",
     "Calls to a cloud API, by the class of the outcome.",
     kCall,
     {}},
    {Metric::kProviderCallDuration, kHistogram, "instanced_provider_call_duration_seconds",
     "Latency of calls to a cloud API.", kOperation, kShort},
    {Metric::kProviderThrottles,
     kCounter,
     "instanced_provider_throttles_total",
     "Calls a cloud answered by asking to slow down.",
     kOperation,
     {}},
    {Metric::kProviderDeferred,
     kCounter,
     "instanced_provider_deferred_total",
     "Calls that were not made because the budget had no slot.",
     kOperation,
     {}},
    {Metric::kProviderUnknownCodes,
     kCounter,
     "instanced_provider_unknown_codes_total",
     "Error codes that no table knows, by the class they were given.",
     kServiceClass,
     {}},
    {Metric::kBudgetRemaining,
     kGauge,
     "instanced_budget_remaining",
     "Calls that could be made at once.",
     kBudget,
     {}},
    {Metric::kBudgetRate,
     kGauge,
     "instanced_budget_rate",
     "Learned rate, calls per second.",
     kBudget,
     {}},
    {Metric::kBudgetCeiling,
     kGauge,
     "instanced_budget_ceiling",
     "Rate the budget may grow back to, calls per second.",
     kBudget,
     {}},
    {Metric::kBudgetParked,
     kGauge,
     "instanced_budget_parked",
     "Objects that wait for this operation.",
     kBudget,
     {}},
    {Metric::kChurnRemaining,
     kGauge,
     "instanced_churn_remaining",
     "Creates left before the 30-day ledger refuses.",
     kDomain,
     {}},
    {Metric::kBrakeHeld,
     kGauge,
     "instanced_brake_held",
     "Deletions a brake holds for approval.",
     kKindCause,
     {}},
    {Metric::kInstances,
     kGauge,
     "instanced_instances",
     "Objects by kind and state.",
     kKindState,
     {}},
    {Metric::kInDoubt,
     kGauge,
     "instanced_in_doubt",
     "Objects with a call that may or may not have worked.",
     kKind,
     {}},
    {Metric::kDriftAge,
     kGauge,
     "instanced_drift_age_seconds",
     "Age of the oldest drift that is not repaired.",
     kKind,
     {}},
    {Metric::kTimeToReady, kHistogram, "instanced_time_to_ready_seconds",
     "From declaration to Ready.", kKind, kLong},
    {Metric::kTimeToDelete, kHistogram, "instanced_time_to_delete_seconds",
     "From the wish to delete until the instance is gone.", kKind, kLong},
    {Metric::kObservationAge,
     kGauge,
     "instanced_observation_age_seconds",
     "Age of the oldest observation.",
     kKind,
     {}},
    {Metric::kJournalWrites,
     kCounter,
     "instanced_journal_writes_total",
     "Transactions of the journal.",
     kResult,
     {}},
    {Metric::kJournalWriteDuration, kHistogram, "instanced_journal_write_duration_seconds",
     "Latency of durable writes.", kNone, kShort},
    {Metric::kJournalHealthy,
     kGauge,
     "instanced_journal_healthy",
     "1 while what is done can be recorded (the journal, in a cluster the ledger), else 0.",
     kNone,
     {}},
    {Metric::kManifestObjects,
     kGauge,
     "instanced_manifest_objects",
     "Objects in the last good snapshot of the manifests.",
     kKind,
     {}},
    {Metric::kManifestErrors,
     kGauge,
     "instanced_manifest_errors",
     "Errors in the manifests as they are.",
     kNone,
     {}},
    {Metric::kManifestLoads,
     kCounter,
     "instanced_manifest_loads_total",
     "Readings of the manifest directory that differed from the one before.",
     kResult,
     {}},
    {Metric::kPluginUp,
     kGauge,
     "instanced_plugin_up",
     "1 while a provider plugin can be used, else 0.",
     kPlugin,
     {}},
    {Metric::kPluginStarts,
     kCounter,
     "instanced_plugin_starts_total",
     "Starts of a provider plugin's program by the daemon.",
     kPlugin,
     {}},
    {Metric::kBuildInfo,
     kGauge,
     "instanced_build_info",
     "1, with the version as a label.",
     kBuild,
     {}},
});

constexpr bool InOrder() {
  for (std::size_t i = 0; i < kMetrics.size(); ++i) {
    if (static_cast<std::size_t>(kMetrics[i].metric) != i) return false;
  }
  return true;
}
static_assert(InOrder(), "the table is indexed by Metric");

}  // namespace

std::span<const MetricInfo> AllMetrics() { return kMetrics; }

const MetricInfo& InfoOf(Metric metric) { return kMetrics[static_cast<std::size_t>(metric)]; }

}  // namespace instanced
