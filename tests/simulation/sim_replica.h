// SimReplica: one process of the simulated installation, which may crash, stand still and come
// back.
//
// Its executor and its ways to store, cloud and leases outlive a crash; the SimDaemon on them does
// not.
#pragma once

#include <memory>
#include <optional>

#include "controller/budget/budget_gate.h"
#include "controller/lease/lease_keeper.h"
#include "controller/reconcile/controller.h"
#include "controller/reconcile/standard_guards.h"
#include "controller/source/kube/kube_source.h"
#include "controller/workqueue/work_queue.h"
#include "tests/simulation/sim_accounts.h"
#include "tests/simulation/sim_telling.h"
#include "tests/simulation/sim_world.h"

namespace instanced {

class SimReplica;

class SimDaemon final : ReconcileObserver, CallObserver, GateSource, LeaseListener {
 public:
  SimDaemon(SimWorld& world, SimReplica& replica);
  ~SimDaemon() override;

  // Whether it thinks that it may act, for any domain of the clouds or for the rest.
  Tenure TenureOf(const Domain* domain) const { return own_fence_->TenureOf(domain); }
  bool HasLeases() const { return keeper_ != nullptr; }
  std::int64_t renew_by() const { return alarm_.renew_by.load(); }
  const ObjectCache& cache() const { return cache_; }
  void AttendJournal() {
    if (folder_) folder_->Attend();
  }
  // A person approves every brake there is.
  void ApproveBrakes(const std::string& who);

 private:
  class WatchedGate;

  void PassFinished(const PassReport& report) override;
  void DecisionChanged(const InstanceObject& object, const Decision& decision) override;
  void CallRecorded(const HistoryEntry& entry) override { telling_.CallRecorded(entry); }
  void BecameReady(const ObjectKey& key, Duration waited) override {
    telling_.BecameReady(key, waited);
  }
  void OnDeferred(const Domain&, std::string_view) override {}
  void OnCall(const Domain&, std::string_view, const CallOutcome&) override {}
  CallGate& GateFor(const Domain& domain) override;
  void LeaseTaken(const std::string& lease) override;
  void LeaseEnded(const std::string& lease) override;
  void LeaseTrouble(const Error&) override {}
  void LeaseReadAgain(const std::string&) override {}
  void LeaseRanOut() override;

  Source& HearsFrom();
  // What a restart, or a new holder, reads before it acts.
  Task<void> Restore();
  Task<void> Boot();
  Task<void> Prepare(std::string lease);
  Task<void> LookAgain(ObjectKey key);
  LeaseOptions LeaseOptionsFor(int life) const;

  SimWorld& world_;
  SimReplica& replica_;
  const Clock& clock_;
  std::unique_ptr<FolderProcess> folder_;
  Ledger& ledger_;
  std::unique_ptr<SimAccounts> accounts_;  // none where they are trusted
  std::unique_ptr<BugLayer> bugs_;
  std::unique_ptr<KubeClient> kube_;
  std::unique_ptr<KubeSource> kube_source_;
  ObjectCache cache_;
  SimTelling telling_;
  WorkQueue queue_;
  Budget budget_;
  BudgetGates gates_;
  std::map<Domain, std::unique_ptr<WatchedGate>> watched_;
  ChurnLedger churn_;
  BrakeBook brakes_;
  LeaseAlarm alarm_;
  std::unique_ptr<SoleFence> sole_;
  std::unique_ptr<LeaseKeeper> keeper_;
  Fence* own_fence_;
  TaskGroup passes_;
  TaskGroup others_;
  StopSource stop_;
  StandardGuards guards_;
  Reconciler reconciler_;
  Controller controller_;
  Informer informer_;
};

class SimReplica {
 public:
  SimReplica(SimWorld& world, int number, Duration skew);

  const int number;
  ManualExecutor executor;
  // Where it tells people; at the same time, in turns of its own.
  ManualExecutor telling;
  SimStore store;
  SimApi api;
  FakeCloudAccess cloud;
  SimSts sts;
  MemoryLeaseStore leases;
  int lives = 0;
  std::optional<MonotonicTime> stopped_until;
  std::unique_ptr<SimDaemon> daemon;

  bool CanRun() const { return !stopped_until; }
};

}  // namespace instanced
