// Budget: who may call which API now. One bucket per (service, account, region, operation).
//
// A pass that will make calls asks Reserve for all of them at once: granted (the tokens are held
// for that key for a short time), or parked. A parked key is remembered here and nowhere else; it
// comes back from PopReady, in order, once its tokens are held. Each API call then asks Spend, the
// last gate, which uses the key's own grant first.
//
// Promises:
//  - Calls never exceed the learned rate, whoever makes them.
//  - Order among the parked of one account: priority with ageing (workqueue/ageing.h), then
//    namespaces in turn, then arrival. Nothing overtakes a parked key of equal or higher priority
//    that needs the same operation. Keys that need other operations are not held up.
//  - The share of each limit that is kept free for people is drawn on only by a key that a person
//    asked for (PersonAsked), past those who wait; the whole stays within the limit.
//  - A throttled operation holds only the keys that need it, of its own account and region.
//  - A grant that is not used within `hold` goes back to its bucket. Until it is used it takes its
//    room there: unused grants and what has come meanwhile are never a burst above the limit.
// After PopReady, Report, Forget, SetLimit and ClearLimit ask NextWake anew.
//
// Pure; time is an argument and must not run backwards. Threads: the loop's.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/error/error.h"
#include "api/object/object_key.h"
#include "controller/budget/rate_limits.h"
#include "controller/budget/token_bucket.h"
#include "controller/clock/clock.h"
#include "controller/provider/domain.h"
#include "controller/workqueue/ageing.h"
#include "controller/workqueue/key_table.h"
#include "controller/workqueue/priority.h"

namespace instanced {

struct BudgetOptions {
  AimdOptions aimd;
  AgeingOptions ageing;
  Duration hold = std::chrono::seconds(10);
  // How long a person's request lets its key use the share kept free.
  Duration person_lasts = std::chrono::minutes(1);
};

enum class Reservation { kGranted, kParked };
// What a bucket holds when it is first used.
enum class FirstFill { kFull, kEmpty };

// What is left of one operation, for metrics and `instancectl budgets`.
struct BudgetLine {
  Domain domain;
  std::string operation;
  LimitOrigin origin = LimitOrigin::kUnpublished;
  double rate = 0;     // learned, calls per second
  double ceiling = 0;  // what it may grow back to
  int capacity = 0;
  int available = 0;
  std::size_t parked = 0;  // keys that wait for this operation, among others
  Duration blocked_for{};  // asked for by the cloud
};

class AccountBudget;
enum class Asker;

class Budget {
 public:
  explicit Budget(BudgetOptions options = {});
  ~Budget();
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  // All of `operations` or none; one that is named twice takes two tokens. Asking again replaces
  // what the key asked for before and keeps its place when the operations are the same.
  Reservation Reserve(const Domain& domain, const std::vector<std::string>& operations,
                      const ObjectKey& key, Priority priority, MonotonicTime now);
  // The keys whose reservation is granted now, each once.
  std::vector<ObjectKey> PopReady(MonotonicTime now);
  // When PopReady next may have something; nothing while nobody is parked.
  std::optional<MonotonicTime> NextWake(MonotonicTime now) const;

  // Nothing: the call may be made. Else how long to wait before asking again.
  std::optional<Duration> Spend(const Domain& domain, std::string_view operation,
                                const ObjectKey& key, Priority priority, MonotonicTime now);
  // How a call ended; only kThrottled and success matter to a rate.
  void Report(const Domain& domain, std::string_view operation,
              std::optional<ErrorClass> error_class,
              std::optional<std::chrono::milliseconds> retry_after, MonotonicTime now);
  // A person wants this key looked at now.
  void PersonAsked(const ObjectKey& key, MonotonicTime now);
  // The pass of this key is over, or the object is gone: gives back its grant, forgets its place.
  void Forget(const ObjectKey& key, MonotonicTime now);

  // From here on buckets begin empty, and those there are now are emptied: another process has
  // spent from the same limits until a moment ago.
  void TakeOver(MonotonicTime now);

  // Replaces the default limit; an empty operation means every one without a limit of its own.
  void SetLimit(const Domain& domain, std::string_view operation, RateLimit limit,
                MonotonicTime now);
  // Back to the limit that holds without it.
  void ClearLimit(const Domain& domain, std::string_view operation, MonotonicTime now);

  std::vector<BudgetLine> Lines(MonotonicTime now) const;
  std::size_t parked() const;

  // Learned rates below their ceiling, as a document; what cannot be read in one is left out.
  // Of the domains that `part` says; empty: of all.
  nlohmann::json ExportRates(const std::function<bool(const Domain&)>& part = {}) const;
  void ImportRates(const nlohmann::json& document, MonotonicTime now);

 private:
  struct Keys;
  AccountBudget& AccountFor(const Domain& domain);
  // Where the key is parked or has a grant: at most one account at a time.
  void LeaveOthers(const AccountBudget& account, KeySlot slot, MonotonicTime now);
  void ReleaseUnlessHeld(const AccountBudget& account, KeySlot slot);
  Asker AskerOf(const ObjectKey& key, MonotonicTime now) const;

  BudgetOptions options_;
  std::unique_ptr<Keys> keys_;
  std::map<Domain, std::unique_ptr<AccountBudget>> accounts_;
  std::map<ObjectKey, MonotonicTime> asked_until_;
  FirstFill first_fill_ = FirstFill::kFull;
};

}  // namespace instanced
