#include "tests/fakes/fake_ledger/fake_ledger.h"

#include "controller/task/completion.h"

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
  std::function<void()> write = [this, entry] {
    if (counted_.emplace(entry.account, entry.identity).second) churn_.push_back(entry);
  };
  auto carrying = Carry("churn", std::move(write));
  co_return co_await carrying;
}

Task<Result<void>> FakeLedger::Carry(std::string what, std::function<void()> write) {
  if (auto admitted = Admit(); !admitted) co_return admitted;
  const auto how = fate ? fate(what) : LedgerFate::kNormal;
  Completion<int> never;
  if (how == LedgerFate::kNoAnswer) co_await never;
  write();
  if (how == LedgerFate::kDoneNoAnswer) co_await never;
  if (how == LedgerFate::kNormal) co_return Result<void>();
  co_return Fail(ErrorClass::kStore, "AnswerLost", "cannot write the ledger: no answer");
}

Task<Result<void>> FakeLedger::WithdrawChurn(std::string account, std::string identity) {
  if (auto admitted = Admit(); !admitted) co_return admitted;
  std::erase_if(churn_, [&](const ChurnEntry& entry) {
    return entry.account == account && entry.identity == identity;
  });
  counted_.erase({account, identity});
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
  std::function<void()> write = [this, document] { documents_[document.name] = document.json; };
  auto carrying = Carry(document.name, std::move(write));
  co_return co_await carrying;
}

Task<Result<std::vector<LedgerDocument>>> FakeLedger::LoadDocuments() {
  std::vector<LedgerDocument> documents;
  for (const auto& [name, json] : documents_) documents.push_back({name, json});
  co_return documents;
}

}  // namespace instanced
