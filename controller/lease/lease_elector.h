// LeaseElector: who may hold one lease, by client-go's rules. Pure: time is an argument.
//
// Promises:
//  - A lease of somebody else is taken only when it is released, or when its record has not changed
//    for its whole duration by our own monotonic clock. What the record says about time is for
//    people.
//  - Left() counts from before the last confirmed write was sent, so nobody else can find the lease
//    expired while anything is left.
//  - A holder that could not renew within the renew deadline has lost it, for good: the process is
//    to end.
//  - While yielding nothing is left, but the lease is kept until Release is wished, so that what is
//    under way ends before somebody else begins.
// Facts: k8s.io/client-go/tools/leaderelection.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "api/error/error.h"
#include "controller/lease/lease_record.h"

namespace instanced {

struct LeaseTiming {
  Duration duration = std::chrono::seconds(45);
  Duration renew_deadline = std::chrono::seconds(35);
  Duration retry = std::chrono::seconds(3);
};

struct FollowingLease {};
struct HoldingLease {
  MonotonicTime valid_from;  // when the last confirmed write was sent
};
struct YieldingLease {
  MonotonicTime valid_from;
};
struct LostLease {};
using LeaseState = std::variant<FollowingLease, HoldingLease, YieldingLease, LostLease>;
std::string_view NameOf(const LeaseState& state);

enum class LeaseWish {
  kHold,
  kYield,    // begin nothing new, keep it
  kRelease,  // give it up
  kLeave,    // somebody else's to take
};

enum class LeaseDeed { kAcquire, kRenew, kRelease };
struct LeaseWrite {
  LeaseDeed deed = LeaseDeed::kRenew;
  LeaseRecord record;
};

class LeaseElector {
 public:
  // `blank` is the lease nobody has made yet: name, role and subject.
  LeaseElector(LeaseRecord blank, std::string identity, LeaseTiming timing);

  // What the server has, read after our last write was answered; nothing: no such lease.
  void Observe(const std::optional<LeaseRecord>& record, MonotonicTime now);
  // What to write now. Changes the state where a wish or the time does.
  std::optional<LeaseWrite> Due(LeaseWish wish, MonotonicTime now, WallTime wall);
  void Answered(const LeaseWrite& write, const Result<LeaseRecord>& answer, MonotonicTime sent,
                MonotonicTime now);

  // How long we may still act; zero unless holding.
  Duration Left(MonotonicTime now) const;
  std::int64_t epoch() const { return epoch_; }
  // Counts acquisitions by this process.
  std::int64_t tenures() const { return tenures_; }
  const LeaseState& state() const { return state_; }
  bool IsOurs() const;
  // When something may be due; a follower also looks in between.
  std::optional<MonotonicTime> NextDue(MonotonicTime now) const;
  // When the holder must have renewed or end; nothing while nothing is held.
  std::optional<MonotonicTime> RenewBy() const;
  // The record is known to be outdated: read before writing again.
  bool NeedsLook() const { return needs_look_; }
  const std::optional<LeaseRecord>& seen() const { return seen_; }
  // Whether its record changed within its duration, as far as this process saw.
  bool IsFresh(MonotonicTime now) const;
  // Whether it has not changed for so many of its durations that nobody will.
  bool IsForsaken(MonotonicTime now) const;

 private:
  std::optional<MonotonicTime> ValidFrom() const;
  Duration RestAfter(const Error& error, MonotonicTime now) const;
  std::optional<LeaseWrite> Acquire(WallTime wall, MonotonicTime now) const;
  LeaseWrite Rewrite(LeaseDeed deed, WallTime wall) const;

  LeaseRecord blank_;
  std::string identity_;
  LeaseTiming timing_;
  LeaseState state_ = FollowingLease{};
  bool looked_ = false;
  bool needs_look_ = true;
  std::optional<LeaseRecord> seen_;
  MonotonicTime seen_at_;
  MonotonicTime tried_at_;
  std::int64_t epoch_ = 0;
  std::int64_t tenures_ = 0;
};

}  // namespace instanced
