#include "tests/fakes/fake_ledger/fake_ledger.h"

namespace instanced {

Result<void> FakeLedger::Admit() {
  if (broken_) return Fail(ErrorClass::kStore, "DiskFull", "cannot write the ledger: disk full");
  if (scripted_.empty()) return {};
  Error error = std::move(scripted_.front());
  scripted_.pop_front();
  return std::unexpected(std::move(error));
}

std::optional<Error> FakeLedger::Trouble() const {
  if (!broken_) return std::nullopt;
  return Fail(ErrorClass::kStore, "DiskFull", "cannot write the ledger: disk full").error();
}

void FakeLedger::Append(HistoryEntry entry) {
  waiting_.push_back(std::move(entry));
  if (!broken_) Heal();
}

void FakeLedger::Heal() {
  broken_ = false;
  for (auto& entry : waiting_) {
    entry.sequence = static_cast<std::int64_t>(history_.size()) + 1;
    history_.push_back(std::move(entry));
  }
  waiting_.clear();
}

Task<Result<void>> FakeLedger::RecordChurn(ChurnEntry entry) {
  if (auto admitted = Admit(); !admitted) co_return admitted;
  if (counted_.emplace(entry.account, entry.identity).second) churn_.push_back(std::move(entry));
  co_return Result<void>();
}

Task<Result<std::vector<ChurnEntry>>> FakeLedger::LoadChurn(WallTime since) {
  std::vector<ChurnEntry> entries;
  for (const auto& entry : churn_) {
    if (entry.at >= since) entries.push_back(entry);
  }
  co_return entries;
}

Task<Result<void>> FakeLedger::SaveDocument(LedgerDocument document) {
  ++saves_;
  if (auto admitted = Admit(); !admitted) co_return admitted;
  documents_[document.name] = std::move(document.json);
  co_return Result<void>();
}

Task<Result<std::vector<LedgerDocument>>> FakeLedger::LoadDocuments() {
  std::vector<LedgerDocument> documents;
  for (const auto& [name, json] : documents_) documents.push_back({name, json});
  co_return documents;
}

}  // namespace instanced
