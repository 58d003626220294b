// AccountBudget: the buckets, grants and parked keys of one domain; a part of Budget.
//
// Parked keys stand in lanes, one per set of operations asked for. The head of a lane that cannot
// be granted claims its operations: nothing that comes later in the order may take them. It does
// not claim one operation while another it needs is far away (throttled): that would idle the
// first for nothing.
//
// What the buckets leave free for people stands in buckets of its own, which only calls that a
// person asked for may draw on: past everybody who waits, at most at that share of the rate.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "controller/budget/budget.h"
#include "controller/workqueue/fair_order.h"

namespace instanced {

enum class Asker { kDaemon, kPerson };

class AccountBudget {
 public:
  AccountBudget(std::string_view service, const BudgetOptions& options, FairNodes& nodes);

  Reservation Reserve(const std::vector<std::string>& operations, KeySlot slot,
                      NamespaceSlot namespace_, Priority priority, Asker asker, MonotonicTime now);
  std::vector<KeySlot> PopReady(MonotonicTime now);
  std::optional<MonotonicTime> NextWake(MonotonicTime now) const;
  std::optional<Duration> Spend(std::string_view operation, KeySlot slot, Priority priority,
                                Asker asker, MonotonicTime now);
  void Report(std::string_view operation, std::optional<ErrorClass> error_class,
              std::optional<std::chrono::milliseconds> retry_after, MonotonicTime now);
  TokenBucket& BucketOf(std::string_view operation, MonotonicTime now);
  void SetFirstFill(FirstFill fill) { first_fill_ = fill; }
  void Empty(MonotonicTime now);
  // Gives back a grant, leaves the lane. False when the key had neither.
  bool Forget(KeySlot slot, MonotonicTime now);
  bool Holds(KeySlot slot) const { return grants_.contains(slot) || parked_.contains(slot); }
  void SetLimit(std::string_view operation, RateLimit limit, MonotonicTime now);
  void ClearLimit(std::string_view operation, MonotonicTime now);
  // Grants that are over; their keys may no longer be held by this account.
  std::vector<KeySlot> ReturnExpired(MonotonicTime now);

  std::size_t parked() const { return parked_.size(); }
  std::size_t ParkedFor(std::string_view operation) const;
  const std::map<std::string, TokenBucket, std::less<>>& buckets() const { return buckets_; }

 private:
  // Operation to number of calls: what a lane's keys need.
  using Need = std::map<std::string, int, std::less<>>;
  struct Lane {
    Lane(Need a_need, FairNodes& nodes) : need(std::move(a_need)), order(nodes) {}
    Need need;
    FairOrder order;
    // When it was last served, per class; the lane that waited longest comes first.
    std::array<std::uint64_t, kPriorities> served{};
  };
  struct Grant {
    Need asked;
    Need left;
    std::uint64_t number = 0;
    bool untouched = true;
    Need kept;  // how much of what was granted came from the share kept free
  };
  struct Expiry {
    MonotonicTime when;
    KeySlot slot = kNoSlot;
    std::uint64_t number = 0;
  };
  // What one round over the lanes has passed by.
  struct Passed {
    std::vector<const Lane*> lanes;
    std::vector<std::string_view> claimed;
    bool Covers(const Lane& lane) const;
  };

  MonotonicTime TimeOf(std::string_view operation, int count, MonotonicTime now) const;
  bool Claims(const Lane& lane, std::string_view operation, MonotonicTime now) const;
  bool ClaimsAny(const Lane& lane, const Need& need, MonotonicTime now) const;
  bool Affordable(const Need& need, MonotonicTime now);
  // The bucket of the share kept free; null where that is less than one call.
  TokenBucket* KeptBucketOf(std::string_view operation, MonotonicTime now);
  bool PersonCanPay(const Need& need, MonotonicTime now);
  // The parked keys a person asked for whose turn has come, past all others.
  void ServePersons(std::vector<KeySlot>& ready, MonotonicTime now);
  void Hold(const Need& need, KeySlot slot, Asker asker, MonotonicTime now);
  void GiveBack(const Grant& grant, MonotonicTime now);
  OldestWaiting OldestAmong(const Need& need, MonotonicTime now) const;
  bool MayOvertake(const Need& need, Priority priority, MonotonicTime now);
  Lane* NextLane(Priority priority, const Passed& passed) const;
  OldestWaiting OldestOutside(const Passed& passed) const;

  RateLimit DefaultLimit() const;
  // Of one operation; empty: of every one without a limit of its own.
  void ChangeLimit(std::string_view operation, RateLimit limit, MonotonicTime now);
  TokenBucket FreshBucket(RateLimit limit, MonotonicTime now) const;

  std::string service_;
  FirstFill first_fill_ = FirstFill::kFull;
  const BudgetOptions& options_;
  FairNodes& nodes_;
  Ageing ageing_;
  std::optional<RateLimit> default_limit_;
  std::set<std::string, std::less<>> own_limits_;
  std::map<std::string, TokenBucket, std::less<>> buckets_;
  std::map<std::string, TokenBucket, std::less<>> kept_;
  std::map<Need, std::unique_ptr<Lane>> lanes_;
  std::unordered_map<KeySlot, Lane*> parked_;
  std::set<KeySlot> persons_;  // of the parked, those a person asked for
  std::unordered_map<KeySlot, Grant> grants_;
  std::deque<Expiry> expiries_;
  std::uint64_t serial_ = 0;
};

}  // namespace instanced
