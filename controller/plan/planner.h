// Planner: what the daemon would do, found out by letting the reconciler do it in a copy.
//
// The real Reconciler, and with it the daemon's own Decide(), runs over copies of the objects,
// brakes and churn ledger; a ShadowCloud catches every mutating call and a PlanClock passes over
// every wait. So a plan is what would happen in a world that nobody else changes. Nothing is
// written anywhere, and only reads leave the process.
//
// The plan of an object ends when it is in line, gone or held; one that is neither after many
// passes, or cannot be read, is unknown. Threads: the loop's. Ownership: one plan; borrows Deps.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "controller/plan/plan_clock.h"
#include "controller/plan/plan_report.h"
#include "controller/plan/plan_start.h"
#include "controller/plan/plan_store.h"
#include "controller/plan/recorded_cloud.h"
#include "controller/plan/shadow_cloud.h"
#include "controller/reconcile/reconciler.h"
#include "controller/reconcile/standard_guards.h"

namespace instanced {

class Planner {
 public:
  struct Deps {
    const Clock& clock;
    // Asked to read only; null: nothing is read, what is recorded counts.
    ProviderRegistry* providers = nullptr;
    // The objects as they are recorded, before manifests were applied.
    const std::vector<InstancePtr>& recorded;
    StopToken stop;
    MonotonicTime give_up_at;
    Budget* budget = nullptr;  // whose rates the reads keep to; null: there is none
  };
  Planner(Deps deps, PlanStart start);
  ~Planner();
  Planner(const Planner&) = delete;
  Planner& operator=(const Planner&) = delete;

  Task<PlanReport> Run();

 private:
  // The reconciler's guards without rates: a plan waits for no turn.
  class Unlimited;
  enum class Standing { kDue, kSettled };
  struct Course {
    Standing standing = Standing::kSettled;
    MonotonicTime due;
    int passes = 0;
    int failures = 0;
    std::vector<PlannedCall> calls;
    std::string external_name;  // when the plan began
    std::string unknown;        // why it cannot be planned
    std::optional<SentAgain> sent_again;
    std::string made_before;  // by the recorded request, when that is known
  };

  void Begin();
  bool IsBound(const ObjectKey& asks, const std::string& external_name) const;
  void Wake(const ObjectKey& key);
  std::optional<ObjectKey> NextDue() const;
  Task<void> RunDue();
  Task<void> Step(ObjectKey key);
  void Judge(const ObjectKey& key, const When& when);
  // Lets what is held look once more when something has changed since; false when nothing has.
  bool LookAgain();
  void GiveUp();
  const Decision* LastDecision(const ObjectKey& key) const;

  // plan_verdict.cc
  PlanReport Report();
  PlannedObject Verdict(const ObjectKey& key, const Course& course) const;
  void AddNotes(const Course& course, PlannedObject& verdict) const;
  void AddChurn(PlanReport& report) const;
  void NoteRenames(PlanReport& report) const;

  Deps deps_;
  PlanStart start_;
  PlanClock clock_;
  SeededRandom random_;
  ObjectCache cache_;
  PlanLedger ledger_;
  PlanObserver observer_;
  Budget budget_;
  ChurnLedger churn_;
  std::deque<Task<void>> beside_;  // sweeps, run between the passes
  SoleFence fence_;
  RecordedCloud recorded_;
  ShadowCloud cloud_;
  std::unique_ptr<Unlimited> guards_;
  std::unique_ptr<Reconciler> reconciler_;
  PlanStore store_;
  std::map<ObjectKey, Course> courses_;
  std::set<ObjectKey> concluded_;
  int seen_changes_ = 0;
};

}  // namespace instanced
