// KubeLedger: churn and documents in one ConfigMap, so that they outlive pod and volume.
//
// The ConfigMap (instanced-ledger, in the daemon's own namespace) has a key "churn", account to
// identity to time, and one key for each document (brakes, marks of used-up quotas, learned
// rates). Every write carries the resource version; writes that wait together are one. On a
// conflict the other's entries are taken in: churn is the union, of a document both wrote the
// later stands. History goes to the journal, which is a cache of it here.
//
// Promises those of Ledger; Load* wait until the API server has answered, or `stop`. Entries older
// than 60 days leave with the next write. A ConfigMap holds 1 MiB. Churn goes first: a document
// that does not fit beside it stays as it stands there, and SaveDocument fails; about 9,000 entries
// of churn alone fill it, and a write beyond that fails, and with it the call it guards. Threads:
// the loop's. Ownership: what Deps names outlives the ledger and its tasks.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "controller/journal/ledger.h"
#include "controller/kube/kube_client.h"
#include "controller/task/completion.h"

namespace instanced {

inline constexpr std::string_view kLedgerConfigMap = "instanced-ledger";

class KubeLedger final : public Ledger {
 public:
  struct Deps {
    KubeClient& client;
    const Clock& clock;
    Ledger& history;
    std::string namespace_;
    std::function<void(Task<void>)> spawn;
    std::function<void(const Error&)> trouble;
    StopToken stop;
  };
  explicit KubeLedger(Deps deps) : deps_(std::move(deps)) {}

  void Append(HistoryEntry entry) override { deps_.history.Append(std::move(entry)); }
  Task<Result<void>> RecordChurn(ChurnEntry entry) override;
  Task<Result<void>> WithdrawChurn(std::string account, std::string identity) override;
  Task<Result<std::vector<ChurnEntry>>> LoadChurn(WallTime since) override;
  Task<Result<void>> SaveDocument(LedgerDocument document) override;
  Task<Result<std::vector<LedgerDocument>>> LoadDocuments() override;

  // Another replica keeps this share (LedgerShares) from here on: what of it was not written yet is
  // no longer ours to write.
  void LetShareGo(const std::string& share);
  // After a write that failed: writes again. Nothing otherwise.
  Task<void> Probe();

  // The last read or write worked, or none was needed yet.
  bool healthy() const { return healthy_; }

 private:
  using Times = std::map<std::string, std::int64_t>;  // identity to milliseconds since 1970

  Task<Result<void>> Load();
  Task<Result<void>> Read();
  void TakeIn(const nlohmann::json& config_map);
  void TakeInChurn(const std::string& text);
  Task<Result<void>> Commit();
  Task<void> WriteAll();
  Task<Result<void>> WriteOnce();
  struct Rendered {
    std::string body;
    std::map<std::string, std::string> documents;
  };
  Rendered Render();
  // The documents as they fit beside so many bytes of churn.
  std::map<std::string, std::string> Fitting(std::size_t churn_bytes);
  ObjectRef Where() const;

  Deps deps_;
  bool healthy_ = true;
  bool write_failed_ = false;
  bool outdated_ = false;         // what is known here is not what is to be written: read first
  std::string resource_version_;  // empty: it is not there
  std::map<std::string, Times> churn_;
  std::set<std::pair<std::string, std::string>> withdrawn_;  // and the server may still have it
  std::map<std::string, std::string> documents_;
  std::map<std::string, std::string> stored_;  // documents as the server has them
  std::set<std::string> unwritten_;            // documents the server does not have yet
  std::set<std::string> left_out_;             // of these, the ones that did not fit
  bool writing_ = false;
  std::vector<Completion<Result<void>>> waiting_;
};

}  // namespace instanced
