// LeaseKeeper: keeps this replica's leases, and is the Fence its passes stand behind.
//
// One coroutine looks, decides (LeaseBoard) and writes; a watch beside it makes it look again as
// soon as a lease is released or a member comes or goes, so that a clean hand-over takes no retry
// time. A lease that changed meanwhile is read again at once, and after short rests when that goes
// on. Failures are retried inside; what runs out is told to the listener, once.
//
// Threads: the loop's. Run it on the loop's urgent lane. The alarm may be read by any thread.
// Ownership: everything in Deps outlives it.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "controller/lease/lease_board.h"
#include "controller/lease/lease_store.h"
#include "controller/lease/ledger_shares.h"
#include "controller/lease/work_elsewhere.h"
#include "controller/task/executor.h"
#include "controller/task/signal.h"
#include "controller/task/task_group.h"

namespace instanced {

// When the process must have renewed what it holds, in nanoseconds of its monotonic clock; 0 while
// it holds nothing. What a watchdog reads.
struct LeaseAlarm {
  std::atomic<std::int64_t> renew_by = 0;
};

class LeaseListener {
 public:
  virtual ~LeaseListener() = default;
  // The lease is ours. Nothing is acted upon before BeginWork: whoever listens reads what
  // the last holder left first, and looks at everything anew then.
  virtual void LeaseTaken(const std::string& lease) = 0;
  // No new work may begin: it was yielded, released, or taken by another.
  virtual void LeaseEnded(const std::string& lease) = 0;
  virtual void LeaseTrouble(const Error& error) = 0;
  // A renewal was refused because the lease had changed; it is read before the next.
  virtual void LeaseReadAgain(const std::string& lease) = 0;
  // A lease could not be renewed in time: this process is to end.
  virtual void LeaseRanOut() = 0;
};

class LeaseKeeper final : public Fence, public LedgerShares {
 public:
  struct Deps {
    LeaseStore& store;
    const Clock& clock;
    Random& random;
    Executor& executor;
    LeaseListener& listener;
    LeaseAlarm& alarm;
  };
  LeaseKeeper(Deps deps, LeaseOptions options);

  // Until `stop`; then gives up what it holds, for at most `leave_within`, and ends.
  Task<void> Run(StopToken stop, Duration leave_within);

  // Which of this process's tenures of a lease runs (Tenure::number).
  std::int64_t TenureNumber(const std::string& lease) const;
  // Opens the fence for the tenure of a lease for which the last holder's record was read; does
  // nothing once that tenure has ended, though another has begun.
  void BeginWork(const std::string& lease, std::int64_t tenure);

  Scope scope() const override;
  const std::string& holder() const override { return board_.options().identity; }
  Tenure TenureOf(const Domain* domain) const override;
  void PassBegan(const Domain* domain) override;
  void PassEnded(const Domain* domain) override;

  std::vector<std::string> Held() const override;
  std::string ShareOf(const Domain* domain) const override;
  // "" for the lease of all other work.
  std::string ShareOfLease(const std::string& lease) const;

  // Whether it is known who holds what: for readiness.
  bool looked() const { return looked_; }
  std::vector<std::string> held() const { return board_.Held(deps_.clock.Now()); }
  WorkElsewhere elsewhere() const { return {scope(), board_.HeldByOthers()}; }
  const LeaseOptions& options() const { return board_.options(); }

 private:
  Task<void> Turn(StopToken stop);
  Task<void> Rest(StopToken stop);
  Task<void> Look(StopToken stop);
  Task<void> Carry(LeaseWrite write, StopToken stop);
  Task<void> Sweep(LeaseRecord litter, StopToken stop);
  Task<void> Leave(Duration within);
  Task<void> Follow(StopToken stop);
  void Heard(LeaseNews news, const LeaseRecord& lease);
  void Publish();
  bool IsBusy(const std::string& lease) const { return passes_.contains(lease); }

  Deps deps_;
  LeaseBoard board_;
  Signal signal_;
  TaskGroup writes_;
  TaskGroup watching_;
  std::string list_version_;
  std::map<std::string, int> passes_;
  std::map<std::string, std::int64_t> shown_;  // held, as the listener was told, and which tenure
  std::map<std::string, std::int64_t> begun_;  // the tenure work was begun in, by lease
  bool looked_ = false;
  bool look_again_ = false;
  bool met_conflict_ = false;  // in this turn
  int conflicts_ = 0;          // turns in a row that met one
  bool ran_out_ = false;
};

}  // namespace instanced
