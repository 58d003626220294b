// ChurnLedger: the rolling count of creates and deletes that a cloud limits per account.
//
// Amazon Connect locks an account for up to 30 days after 100 creates and deletes together in 30
// days. We see only our own, so the count is a lower bound: a 402 marks the account exhausted
// until its oldest entry is 30 days old, or until the daily probe (one real call) works.
//
// Creates are refused at `refuse_at`; deletions, which clean up and stop cost, only when nothing at
// all is left. A try that is recorded already is always allowed again: repeating it costs nothing.
// Times are wall times, because the cloud counts days. Entries are durable elsewhere (Ledger);
// record there before the call. A try that the cloud refused is withdrawn; one in doubt stays, so
// that there may be too many entries, never too few.
//
// Pure; threads: the loop's.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "controller/clock/clock.h"
#include "controller/journal/ledger.h"
#include "controller/provider/domain.h"

namespace instanced {

struct ChurnOptions {
  std::chrono::milliseconds window = std::chrono::hours(24 * 30);
  int limit = 100;
  double warn_at = 0.5;
  double refuse_at = 0.95;
  std::chrono::milliseconds probe_every = std::chrono::hours(24);
};

enum class ChurnPurpose { kCreate, kDelete };

struct ChurnAllowed {
  int remaining = 0;  // after this one
  enum class Level { kPlenty, kWarning } level = Level::kPlenty;
};
struct ChurnRefused {
  WallTime until;  // when asking again may help
};
using ChurnAnswer = std::variant<ChurnAllowed, ChurnRefused>;

// "connect/123456789012/eu-central-1": ChurnEntry::account.
std::string ChurnAccount(const Domain& domain);

class ChurnLedger {
 public:
  explicit ChurnLedger(ChurnOptions options = {}) : options_(options) {}

  ChurnAnswer Ask(const Domain& domain, const std::string& identity, ChurnPurpose purpose,
                  WallTime now) const;
  // Counts the try, and gives what the durable ledger must hold before the call is made.
  ChurnEntry Record(const Domain& domain, const std::string& identity, WallTime now);
  // The try is proven to have done nothing; withdrawn there too.
  void Withdraw(const Domain& domain, const std::string& identity);

  // The cloud said 402 although we counted less.
  void MarkExhausted(const Domain& domain, WallTime now);
  // Exhausted, and no probe for a day: one call may be made in spite of Ask.
  bool ProbeDue(const Domain& domain, WallTime now) const;
  void BeginProbe(const Domain& domain, WallTime now);
  // A create or delete was accepted: the account is not exhausted (any more).
  void MarkAccepted(const Domain& domain);

  // What an account may spend within the window, as configured.
  int limit() const { return options_.limit; }
  // How many are left before creates are refused; 0 while exhausted.
  int Remaining(const Domain& domain, WallTime now) const;
  std::vector<std::pair<std::string, int>> RemainingByAccount(WallTime now) const;

  void Load(const std::vector<ChurnEntry>& entries);
  // Exhaustion marks; the entries themselves are the Ledger's.
  // Of the accounts that `part` says; empty: of all.
  nlohmann::json ExportMarks(const std::function<bool(const std::string&)>& part = {}) const;
  void ImportMarks(const nlohmann::json& document);

 private:
  struct Exhausted {
    WallTime since;
    WallTime last_probe;
  };
  struct Account {
    std::map<std::string, WallTime> entries;  // by identity
    std::optional<Exhausted> exhausted;
  };

  int Used(const Account& account, WallTime now) const;
  std::optional<WallTime> ExhaustedUntil(const Account& account, WallTime now) const;
  WallTime FreeAt(const Account& account, int allowed, WallTime now) const;
  int RemainingIn(const Account& account, WallTime now) const;
  int Threshold(ChurnPurpose purpose) const;

  ChurnOptions options_;
  std::map<std::string, Account> accounts_;
};

}  // namespace instanced
