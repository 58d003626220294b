#include "controller/plan/plan_store.h"

#include <utility>

namespace instanced {

void PlanStore::Add(const InstanceObject& object) {
  auto added = std::make_shared<InstanceObject>(object);
  added->meta.resource_version = std::to_string(++version_);
  InstancePtr now = std::move(added);
  cache_.Put(now);
  told_(nullptr, now);
}

Result<std::string> PlanStore::Write(const WriteTarget& target,
                                     const std::function<void(InstanceObject&)>& change) {
  const auto before = cache_.FindInstance(target.key);
  if (!before || before->meta.uid != target.uid ||
      before->meta.resource_version != target.resource_version) {
    return Fail(ErrorClass::kWriteConflict, "Conflict", "the object changed within the plan");
  }
  auto changed = std::make_shared<InstanceObject>(*before);
  change(*changed);
  if (changed->meta.IsDeleting() && changed->meta.finalizers.empty()) {
    cache_.Erase(target.key, target.uid);
    told_(before, nullptr);
    if (const auto next = next_lives_.extract(target.key)) Add(*next.mapped());
    return target.resource_version;
  }
  changed->meta.resource_version = std::to_string(++version_);
  InstancePtr now = std::move(changed);
  cache_.Put(now);
  told_(before, now);
  return now->meta.resource_version;
}

Task<Result<std::string>> PlanStore::WriteStatus(WriteTarget target, InstanceStatus status) {
  co_return Write(target, [&](InstanceObject& object) { object.status = std::move(status); });
}

Task<Result<std::string>> PlanStore::WriteFinalizers(WriteTarget target,
                                                     std::vector<std::string> finalizers) {
  co_return Write(target,
                  [&](InstanceObject& object) { object.meta.finalizers = std::move(finalizers); });
}

Task<Result<std::string>> PlanStore::WriteAnnotations(WriteTarget target, StringPairs annotations) {
  co_return Write(
      target, [&](InstanceObject& object) { object.meta.annotations = std::move(annotations); });
}

Task<Result<void>> PlanLedger::RecordChurn(ChurnEntry entry) {
  spent_[entry.account].insert(std::move(entry.identity));
  co_return Result<void>();
}

Task<Result<void>> PlanLedger::WithdrawChurn(std::string account, std::string identity) {
  spent_[account].erase(identity);
  co_return Result<void>();
}

Task<Result<std::vector<ChurnEntry>>> PlanLedger::LoadChurn(WallTime) {
  co_return std::vector<ChurnEntry>();
}

Task<Result<void>> PlanLedger::SaveDocument(LedgerDocument) { co_return Result<void>(); }

Task<Result<std::vector<LedgerDocument>>> PlanLedger::LoadDocuments() {
  co_return std::vector<LedgerDocument>();
}

}  // namespace instanced
