// FakeLedger: a Ledger in memory that can be told to fail as a full disk does, or, write by write,
// as an API server far away does.
//
// History is kept at once; a broken ledger keeps it until it heals, as the journal does. What it
// holds outlives the daemon of a test: hand the same one to the next.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "controller/journal/ledger.h"

namespace instanced {

// kNoAnswer, kDoneNoAnswer: for a writer that ends then.
enum class LedgerFate { kNormal, kAnswerLost, kNoAnswer, kDoneNoAnswer };

class FakeLedger final : public Ledger {
 public:
  void Append(HistoryEntry entry) override;
  Task<Result<void>> RecordChurn(ChurnEntry entry) override;
  Task<Result<void>> WithdrawChurn(std::string account, std::string identity) override;
  Task<Result<std::vector<ChurnEntry>>> LoadChurn(WallTime since) override;
  Task<Result<void>> SaveDocument(LedgerDocument document) override;
  Task<Result<std::vector<LedgerDocument>>> LoadDocuments() override;
  std::optional<Error> Trouble() const override;

  // Of each awaited write, `what` of it; well by default.
  std::function<LedgerFate(const std::string& what)> fate;
  // Until Heal() every awaited call answers Store and changes nothing.
  void Break() { broken_ = true; }
  void Heal();
  // The next awaited write fails once with this.
  void FailNext(Error error) { scripted_.push_back(std::move(error)); }
  // Documents it was told to keep.
  int saves() const { return saves_; }
  // Durable entries, oldest first.
  const std::vector<HistoryEntry>& history() const { return history_; }

 private:
  Result<void> Admit();
  Task<Result<void>> Carry(std::string what, std::function<void()> write);

  bool broken_ = false;
  int saves_ = 0;
  std::deque<Error> scripted_;
  std::deque<HistoryEntry> waiting_;
  std::vector<HistoryEntry> history_;
  std::vector<ChurnEntry> churn_;
  std::set<std::pair<std::string, std::string>> counted_;
  std::map<std::string, std::string> documents_;
};

}  // namespace instanced
