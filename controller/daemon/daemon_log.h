// What passes, calls and decisions leave in log and metrics.
//
// Threads: the loop's. Ownership: borrows log and metrics.
#pragma once

#include "controller/reconcile/observer.h"
#include "controller/telemetry/log.h"
#include "controller/telemetry/metrics.h"

namespace instanced {

class DaemonLog final : public ReconcileObserver {
 public:
  DaemonLog(const Log& log, Metrics& metrics);
  void PassFinished(const PassReport& report) override;
  void DecisionChanged(const InstanceObject& object, const Decision& decision) override;
  void CallRecorded(const HistoryEntry& entry) override;
  void BecameReady(const ObjectKey& key, Duration waited) override;

 private:
  const Log& log_;
  Metrics& metrics_;
};

}  // namespace instanced
