// SimTelling: what one process tells people besides the status: its log, by the real DaemonLog, and
// in a cluster Kubernetes Events, by the real recorder and client over the simulated API server.
//
// Nothing a daemon decides depends on it, and it runs on an executor of its own, whose turns take
// no chance from the world's.
#pragma once

#include <memory>

#include "controller/daemon/daemon_log.h"
#include "controller/informer/object_cache.h"
#include "controller/kube/kube_client.h"
#include "controller/operator/event_recorder.h"
#include "controller/task/task_group.h"
#include "tests/simulation/sim_world.h"

namespace instanced {

class SimTelling final : public ReconcileObserver {
 public:
  SimTelling(SimWorld& world, SimReplica& replica, const ObjectCache& cache);
  ~SimTelling() override;

  void PassFinished(const PassReport& report) override;
  void DecisionChanged(const InstanceObject& object, const Decision& decision) override;
  void CallRecorded(const HistoryEntry& entry) override;
  void BecameReady(const ObjectKey& key, Duration waited) override;

 private:
  class RushedClock;

  SimWorld& world_;
  SimReplica& replica_;
  Log log_;
  DaemonLog lines_;
  TaskGroup tasks_;
  StopSource stop_;
  SeededRandom random_;  // its own, so that the world's chance stays as it is
  std::unique_ptr<RushedClock> rushed_;
  std::unique_ptr<KubeClient> client_;
  std::unique_ptr<EventRecorder> events_;
};

}  // namespace instanced
