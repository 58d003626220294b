// PlanStore: the API server, the ledger and the observer of a plan: everything is accepted, kept
// in memory and told on as a real source would, and nothing outlives the plan.
//
// Threads: the loop's.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "controller/informer/object_cache.h"
#include "controller/journal/ledger.h"
#include "controller/reconcile/observer.h"
#include "controller/source/source.h"

namespace instanced {

class PlanStore final : public ObjectWriter {
 public:
  // Told after the cache holds the change; `before` and `now` are null where there is none.
  using Told = std::function<void(const InstancePtr& before, const InstancePtr& now)>;
  PlanStore(ObjectCache& cache, std::map<ObjectKey, InstancePtr> next_lives, Told told)
      : cache_(cache), next_lives_(std::move(next_lives)), told_(std::move(told)) {}

  // Gives the object a resource version of this store.
  void Add(const InstanceObject& object);

  Task<Result<std::string>> WriteStatus(WriteTarget target, InstanceStatus status) override;
  Task<Result<std::string>> WriteFinalizers(WriteTarget target,
                                            std::vector<std::string> finalizers) override;
  Task<Result<std::string>> WriteAnnotations(WriteTarget target, StringPairs annotations) override;

 private:
  Result<std::string> Write(const WriteTarget& target,
                            const std::function<void(InstanceObject&)>& change);

  ObjectCache& cache_;
  std::map<ObjectKey, InstancePtr> next_lives_;
  Told told_;
  std::int64_t version_ = 0;
};

// Counts what would be spent; keeps nothing else.
class PlanLedger final : public Ledger {
 public:
  void Append(HistoryEntry) override {}
  Task<Result<void>> RecordChurn(ChurnEntry entry) override;
  Task<Result<void>> WithdrawChurn(std::string account, std::string identity) override;
  Task<Result<std::vector<ChurnEntry>>> LoadChurn(WallTime since) override;
  Task<Result<void>> SaveDocument(LedgerDocument document) override;
  Task<Result<std::vector<LedgerDocument>>> LoadDocuments() override;

  // The tries that count, by account.
  const std::map<std::string, std::set<std::string>>& spent() const { return spent_; }

 private:
  std::map<std::string, std::set<std::string>> spent_;
};

// What each object's decisions were, and how its last pass ended.
class PlanObserver final : public ReconcileObserver {
 public:
  void PassFinished(const PassReport& report) override { results[report.key] = report; }
  void DecisionChanged(const InstanceObject& object, const Decision& decision) override {
    decisions[object.meta.key].push_back(decision);
  }
  void CallRecorded(const HistoryEntry&) override {}
  void BecameReady(const ObjectKey&, Duration) override {}

  std::map<ObjectKey, PassReport> results;
  std::map<ObjectKey, std::vector<Decision>> decisions;  // in order
};

}  // namespace instanced
