#include "controller/daemon/daemon_log.h"

#include "controller/daemon/gauges.h"
#include "controller/reconcile/retry_table.h"

namespace instanced {

// As controller-runtime does: what has not happened yet is shown as 0, so that the first time is an
// increase. A fault inside a pass ends the process; its counter never moves.
DaemonLog::DaemonLog(const Log& log, Metrics& metrics) : log_(log), metrics_(metrics) {
  for (const Kind kind : InstanceKinds()) {
    for (const Metric metric : {Metric::kReconcileErrors, Metric::kTerminalReconcileErrors,
                                Metric::kReconcilePanics, Metric::kReconcileTimeouts}) {
      metrics_.Count(metric, {ToString(kind)}, 0);
    }
  }
}

void DaemonLog::PassFinished(const PassReport& report) {
  const auto controller = ToString(report.key.kind);
  metrics_.Count(Metric::kReconcileTotal, {controller, ToString(report.result)});
  metrics_.Observe(Metric::kReconcileTime, {controller},
                   std::chrono::duration<double>(report.duration).count());
  // As client-go has it: every key that comes back later, healthy polls included.
  if (report.result == PassResult::kRequeueAfter || report.result == PassResult::kError) {
    metrics_.Count(Metric::kQueueRetries, {kQueueName, kQueueName});
  }
  if (!report.error_class) return;
  metrics_.Count(Metric::kReconcileErrors, {controller});
  const auto reaction = ReactionTo(*report.error_class);
  if (reaction.shown == Shown::kStalled) {
    metrics_.Count(Metric::kTerminalReconcileErrors, {controller});
  }
}

void DaemonLog::DecisionChanged(const InstanceObject& object, const Decision& decision) {
  const auto text = Explain(decision);
  if (std::holds_alternative<Hold>(decision)) {
    log_.Warning("object is held", {{"object", object.meta.key}, {"decision", text}});
  } else {
    log_.Info("decided", {{"object", object.meta.key}, {"decision", text}});
  }
}

void DaemonLog::CallRecorded(const HistoryEntry& entry) {
  if (entry.kind == HistoryKind::kCall) {
    log_.Info("call succeeded", {{"object", entry.key},
                                 {"operation", entry.operation},
                                 {"milliseconds", entry.duration_ms}});
    return;
  }
  // "Deadline", "HttpDeadline" and "DeadlineExceeded": AWS, Alibaba, plugins.
  if (entry.code.contains("Deadline")) {
    metrics_.Count(Metric::kReconcileTimeouts, {ToString(entry.key.kind)});
  }
  log_.Warning("call failed", {{"object", entry.key},
                               {"operation", entry.operation},
                               {"error", entry.result},
                               {"code", entry.code},
                               {"cause", entry.message},
                               {"request_id", entry.request_id}});
}

void DaemonLog::BecameReady(const ObjectKey& key, Duration waited) {
  metrics_.Observe(Metric::kTimeToReady, {ToString(key.kind)},
                   std::chrono::duration<double>(waited).count());
  log_.Info("object is ready", {{"object", key}, {"waited", waited}});
}

}  // namespace instanced
