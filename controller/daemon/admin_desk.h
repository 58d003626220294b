// AdminDesk: the AdminBackend that asks the loop and waits for its answer.
//   admin_desk.cc    version and brakes
//   object_desk.cc   objects: list, get, watch
//   steer_desk.cc    history, reconcile, pause, resume
//   insight_desk.cc  explain, budgets, plugins, orphans
//   plan_desk.cc     plan
//
// Threads: the server's threads call it; what it asks runs on the loop. Close() before the loop
// ends: calls that wait are then answered Cancelled.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/admin/backend.h"
#include "controller/budget/brake_book.h"
#include "controller/budget/budget.h"
#include "controller/budget/churn_ledger.h"
#include "controller/daemon/loop_asker.h"
#include "controller/daemon/watch_board.h"
#include "controller/informer/informer.h"
#include "controller/journal/ledger.h"
#include "controller/lease/work_elsewhere.h"
#include "controller/plan/plan_start.h"
#include "controller/reconcile/reconciler.h"

namespace instanced {

class AdminDesk final : public AdminBackend {
 public:
  struct Deps {
    LoopAsker::Deps loop;
    const Clock& clock;
    BrakeBook& brakes;
    Ledger& ledger;
    const ObjectCache& cache;
    const Reconciler& reconciler;
    ObjectWriter& writer;
    std::function<Task<Result<std::vector<HistoryEntry>>>(HistoryQuery)> history;
    Budget& budget;
    const ChurnLedger& churn;
    ProviderRegistry& providers;
    StopToken stop;  // ends plans and sweeps of orphans
    DaemonReport report;
    // How the plugins stand. On the loop.
    std::function<std::vector<PluginReport>()> plugins;
    // The keys an answer covers: queue them, tell the source, save the brakes. On the loop.
    std::function<void(const std::vector<ObjectKey>&)> answered;
    // What the source of a directory keeps beside the objects; empty where manifests are applied
    // rather than read (Kubernetes). On the loop.
    std::function<RecordedLives()> lives = {};
    // Why nothing can be recorded; empty while it can. On the loop.
    std::function<std::string()> store_trouble = {};
    // Brakes are kept by the replica that acts; absent: nobody else does. On the loop.
    std::function<WorkElsewhere()> elsewhere = {};
  };
  explicit AdminDesk(Deps deps) : deps_(std::move(deps)), asker_(deps_.loop) {}

  Result<DaemonReport> Version(CallDeadline deadline) override;

  Result<ObjectPage> List(PageQuery query, CallDeadline deadline) override;
  Result<ObjectReport> Get(ObjectKey key, CallDeadline deadline) override;
  Result<std::unique_ptr<ObjectFeed>> Watch(ObjectQuery query, CallDeadline deadline) override;

  Result<std::vector<HistoryEntry>> History(HistoryQuery query, CallDeadline deadline) override;
  Result<ObjectFacts> Explain(ObjectKey key, CallDeadline deadline) override;
  Result<BudgetsReport> Budgets(CallDeadline deadline) override;
  Result<std::vector<PluginReport>> Plugins(CallDeadline deadline) override;
  Result<OrphansReport> Orphans(OrphanQuery query, Patience patience) override;
  Result<PlanReport> Plan(PlanQuery query, Patience patience) override;
  Result<ObjectReport> Steer(SteerRequest request, CallDeadline deadline) override;

  Result<std::vector<BrakeReport>> Brakes(CallDeadline deadline) override;
  Result<BrakeReport> Approve(BrakeAnswer answer, CallDeadline deadline) override;
  Result<BrakeReport> Release(BrakeAnswer answer, CallDeadline deadline) override;

  // The informer's news, after the cache holds them. On the loop.
  void ObjectChanged(const Change& change);

  void Close();

 private:
  enum class Verb { kApprove, kRelease };
  Result<BrakeReport> Answer(Verb verb, const BrakeAnswer& answer);
  // Validation on a standby, with whom to ask instead.
  Result<void> KeepsBrakes() const;
  // All on the loop.
  ObjectReport ReportOf(ObjectPtr object) const;
  Result<ObjectPtr> Find(const ObjectKey& key) const;
  std::vector<ObjectKey> Select(const ObjectQuery& query) const;
  Result<ObjectPage> ListNow(const PageQuery& query) const;
  Task<Result<ObjectReport>> SteerNow(SteerRequest request);
  Task<void> CatchUp(ObjectKey key, std::string version);
  Task<Result<ObjectFacts>> CollectFacts(ObjectKey key);
  Task<Result<OrphansReport>> SweepOrphans(OrphanQuery query, MonotonicTime give_up_at,
                                           StopToken left);
  Task<Result<PlanReport>> PlanNow(std::optional<DirectorySnapshot> manifests,
                                   MonotonicTime give_up_at, StopToken left);
  PlanStart PlanStartNow() const;
  void AddTrack(const ObjectKey& key, ObjectFacts& facts) const;
  void AddAccount(const InstanceObject& object, ObjectFacts& facts) const;
  WallTime WallAt(MonotonicTime when) const;

  Deps deps_;
  LoopAsker asker_;
  WatchBoard watchers_;
};

}  // namespace instanced
