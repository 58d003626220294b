// SimWorld: one daemon, its store, its clouds and a clock, all owned by one seed.
//
// The real controller, reconciler, queue, budgets, brakes and informer run on a ManualExecutor
// whose seed picks every next resume. The world owns time: it moves to the next thing due (a timer,
// a watch event, a late effect, an appointment) only when nothing can run. Faults, people and
// checks hang on its hooks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "controller/budget/budget_gate.h"
#include "controller/reconcile/controller.h"
#include "controller/reconcile/standard_guards.h"
#include "tests/fakes/fake_cloud/fake_cloud.h"
#include "tests/fakes/fake_ledger/fake_ledger.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/memory_store/memory_store.h"
#include "tests/simulation/sim_store.h"
#include "tests/simulation/trace.h"

namespace instanced {

// A broken promise ends the run.
struct Violation {
  std::string what;
};

class SimWorld {
 public:
  SimWorld(std::uint64_t seed, std::size_t trace_kept);
  ~SimWorld();

  void Start();
  // Takes effect as soon as the running resume ends; the daemon is back after `down`.
  void CrashSoon(Duration down);
  bool running() const { return daemon_ != nullptr; }
  int crashes() const { return crashes_; }

  // Runs `what` at that time, between two resumes.
  void At(MonotonicTime when, std::function<void()> what) {
    agenda_.emplace(when, std::move(what));
  }
  void After(Duration by, std::function<void()> what) { At(Now() + by, std::move(what)); }
  // Until the time is over or a promise was broken.
  void Run(Duration by);

  MonotonicTime Now() const { return executor.Now(); }
  void Note(const std::string& what) { trace.Add(Now(), what); }
  void Violate(std::string what);
  const std::vector<Violation>& violations() const { return violations_; }

  SeededRandom chance;
  SeededRandom order;
  SeededRandom daemon_chance;
  ReconcileOptions options;
  ManualExecutor executor;
  MemoryStore objects;
  SimStore store;
  FakeLedger ledger;
  FakeCloud cloud;
  Trace trace;
  // Passes by key since the last look.
  std::map<ObjectKey, int> passes;
  // A call that the budget let through.
  std::function<void(const Domain&, std::string_view operation)> entered;

  // What the daemon is built with; a mutant puts its own between, before Start.
  ObjectWriter* writer = &store;
  ProviderRegistry* providers = &cloud;
  // Whether the daemon misses this event; never, when empty.
  std::function<bool(const WatchEvent&)> misses;
  // Whether a call goes past the budget; never, when empty.
  std::function<bool()> ungated;

  struct Daemon;
  Daemon& daemon() { return *daemon_; }

 private:
  void Crash();
  bool Turn();
  std::optional<MonotonicTime> NextThing() const;

  std::multimap<MonotonicTime, std::function<void()>> agenda_;
  std::optional<Duration> crash_soon_;
  int crashes_ = 0;
  std::vector<Violation> violations_;
  std::unique_ptr<Daemon> daemon_;
};

struct SimWorld::Daemon : ReconcileObserver, CallObserver, GateSource {
  explicit Daemon(SimWorld& world);

  void PassFinished(const PassReport& report) override;
  void DecisionChanged(const InstanceObject& object, const Decision& decision) override;
  void CallRecorded(const HistoryEntry&) override {}
  void BecameReady(const ObjectKey&, Duration) override {}
  void OnDeferred(const Domain&, std::string_view) override {}
  void OnCall(const Domain&, std::string_view, const CallOutcome&) override {}
  CallGate& GateFor(const Domain& domain) override;

  // What a restart reads back before it listens.
  Task<void> Boot();

  class WatchedGate;
  SimWorld& world;
  ObjectCache cache;
  WorkQueue queue;
  Budget budget;
  BudgetGates gates;
  std::map<Domain, std::unique_ptr<WatchedGate>> watched;
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
};

}  // namespace instanced
