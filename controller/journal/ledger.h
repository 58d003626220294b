// Ledger: durable facts that belong to the installation rather than to one object.
//
// Standalone it is the SQLite journal; in Kubernetes a ConfigMap holds churn and brakes, and the
// journal is a cache of history. Every awaited write is durable before it answers; a failure is of
// class Store, and then the call it guards must not be made.
//
// Threads: the loop's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/error/error.h"
#include "api/object/object_key.h"
#include "controller/clock/clock.h"
#include "controller/task/task.h"

namespace instanced {

enum class HistoryKind {
  kDecision,  // a decision that differs from the object's last one
  kCall,      // a mutating call that was answered
  kFailure,   // any failed call
  kPerson,    // an approval, release, pause... with who did it
};
std::string_view ToString(HistoryKind kind);

struct HistoryEntry {
  std::int64_t sequence = 0;  // given by the ledger, grows by one
  WallTime at;
  ObjectKey key;
  std::string uid;
  HistoryKind kind = HistoryKind::kDecision;
  std::string operation;  // "connect:CreateInstance", or the decision's name
  std::string result;     // error class, or "Success"
  std::string code;       // the cloud's code
  std::string request_id;
  std::int64_t duration_ms = 0;
  std::string message;  // why, for people; no secrets
};

// One create or delete that counts against an account's 30-day quota.
struct ChurnEntry {
  std::string account;   // "<service>/<account>/<region>"
  std::string identity;  // uid, operation and attempt: the same try is counted once
  WallTime at;
};

// A named document of ours (brake windows, learned budgets), small, replaced whole.
struct LedgerDocument {
  std::string name;
  std::string json;
};

class Ledger {
 public:
  virtual ~Ledger() = default;
  // Not awaited: written with the next group of writes, before any later awaited one answers.
  virtual void Append(HistoryEntry entry) = 0;
  // Durable before the call that spends. An identity that is there already changes nothing.
  virtual Task<Result<void>> RecordChurn(ChurnEntry entry) = 0;
  // Takes the entry of a call back that is proven to have done nothing, durably; what is not there
  // changes nothing. After a failure it may count on, and so may one that a second process knows.
  virtual Task<Result<void>> WithdrawChurn(std::string account, std::string identity) = 0;
  virtual Task<Result<std::vector<ChurnEntry>>> LoadChurn(WallTime since) = 0;
  virtual Task<Result<void>> SaveDocument(LedgerDocument document) = 0;
  virtual Task<Result<std::vector<LedgerDocument>>> LoadDocuments() = 0;
  // Why nothing can be recorded now (class kStore); nothing while it can. What would change
  // something at the cloud is not sent meanwhile.
  virtual std::optional<Error> Trouble() const { return std::nullopt; }
};

}  // namespace instanced
