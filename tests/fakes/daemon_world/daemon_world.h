// DaemonWorld: the real controller over fakes with behaviour, in virtual time.
//
// What survives a crash (store, ledger, cloud, clock) lives here; what does not (controller,
// queue, cache, budget, brakes) is the Daemon, which Crash() throws away where it stands and
// Start() builds anew, as a restart of the process does.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "controller/budget/budget_gate.h"
#include "controller/reconcile/controller.h"
#include "controller/reconcile/standard_guards.h"
#include "tests/fakes/fake_cloud/fake_cloud.h"
#include "tests/fakes/fake_ledger/fake_ledger.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/memory_store/memory_store.h"

namespace instanced {

class QuietObserver final : public ReconcileObserver {
 public:
  void PassFinished(const PassReport& report) override { reports.push_back(report); }
  void DecisionChanged(const InstanceObject&, const Decision& decision) override {
    decisions.push_back(Explain(decision));
  }
  void CallRecorded(const HistoryEntry&) override {}
  void BecameReady(const ObjectKey&, Duration) override { ++became_ready; }

  std::vector<PassReport> reports;
  std::vector<std::string> decisions;
  int became_ready = 0;
};

class QuietCalls final : public CallObserver {
 public:
  void OnDeferred(const Domain&, std::string_view) override { ++deferred; }
  void OnCall(const Domain&, std::string_view, const CallOutcome&) override {}
  int deferred = 0;
};

class DaemonWorld {
 public:
  explicit DaemonWorld(FakeCloudOptions cloud_options = {}, std::uint64_t seed = 1);
  ~DaemonWorld();

  void Start();
  // Every coroutine frame is destroyed where it stands; nothing more is written.
  void Crash();
  bool running() const { return daemon_ != nullptr; }

  // Declares an object with forProvider JSON and, by default, a ProviderConfig "default".
  ObjectKey Declare(Kind kind, const std::string& name, const std::string& for_provider,
                    const std::function<void(InstanceSpec&)>& change = {});
  // Lets virtual time pass; the daemon works meanwhile.
  void Run(Duration by) { executor.Advance(by); }
  // Stops between two resumes, as soon as `done`; false when that did not come true in time.
  bool RunUntil(const std::function<bool()>& done, Duration limit);

  InstancePtr Object(const ObjectKey& key) const { return store.Instance(key); }
  // "True Available", "-" without the condition.
  std::string Condition(const ObjectKey& key, ConditionType type) const;
  std::string Message(const ObjectKey& key, ConditionType type) const;

  ReconcileOptions options;
  ManualExecutor executor;
  MemoryStore store;
  FakeLedger ledger;
  FakeCloud cloud;
  QuietObserver observer;
  SeededRandom random;
  // The right to act, when not all of it; before Start.
  Fence* fence = nullptr;

  struct Daemon;
  Daemon& daemon() { return *daemon_; }

 private:
  std::unique_ptr<Daemon> daemon_;
};

struct DaemonWorld::Daemon {
  explicit Daemon(DaemonWorld& world);

  ObjectCache cache;
  WorkQueue queue;
  Budget budget;
  QuietCalls calls;
  BudgetGates gates;
  ChurnLedger churn;
  BrakeBook brakes;
  SoleFence fence;
  TaskGroup passes;
  TaskGroup others;
  StopSource stop;
  StandardGuards guards;
  Reconciler reconciler;
  Controller controller;
  Informer informer;

 private:
  void OnChange(const Change& change);
};

}  // namespace instanced
