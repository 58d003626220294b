// Election: this replica's part in who may act, wired to the daemon: leases at the API server, a
// watchdog, and what becomes known of it in log, metrics and readiness.
//
// A lease that was taken is not acted under before what the last holder left (churn, brakes) was
// read; a read that fails is repeated while the lease is held. A lease that could not be renewed
// ends the process: orderly when the loop still turns, by the watchdog when it does not.
//
// Threads: the loop's; the watchdog's. Ownership: everything in Deps outlives it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "controller/config/config.h"
#include "controller/lease/kube_lease_store.h"
#include "controller/lease/lease_keeper.h"
#include "controller/lease/watchdog.h"
#include "controller/task/loop.h"
#include "controller/telemetry/log.h"
#include "controller/telemetry/metrics.h"

namespace instanced {

// Host name and chance: of this process alone, so that a pod that starts again is another holder.
std::string NewIdentity(Random& random);

class Election final : private LeaseListener {
 public:
  struct Signals {
    // Reads what the last holder of this part left.
    std::function<Task<Result<void>>(std::string share)> restore;
    std::function<void(const std::string& share)> let_go;  // the part is another's now
    std::function<void()> take_over;                       // every object is looked at anew
    std::function<void()> ran_out;                         // the process is to end
    std::function<void(Task<void>)> spawn;
  };
  struct Deps {
    const LeaseFigures& figures;
    Loop& loop;
    const Clock& clock;
    Random& random;
    const Log& log;
    Metrics& metrics;
    KubeClient& client;  // its deadline well inside the renew deadline
    std::string default_namespace;
    std::string identity;  // as holder
    Signals signals;
  };
  explicit Election(Deps deps);

  // Takes part from here on.
  void Start();
  // After the last pass: gives up what is held and ends.
  Task<void> Leave();

  Fence& fence() { return keeper_; }
  // Null where the work is not divided.
  const LedgerShares* shares() const {
    return keeper_.scope() == Scope::kSomeDomains ? &keeper_ : nullptr;
  }
  // Nothing while it is not known yet who holds what; else "standby" or "holds N leases".
  std::optional<std::string> standing() const;
  WorkElsewhere elsewhere() const { return keeper_.elsewhere(); }

 private:
  void LeaseTaken(const std::string& lease) override;
  void LeaseEnded(const std::string& lease) override;
  void LeaseTrouble(const Error& error) override;
  void LeaseReadAgain(const std::string& lease) override;
  void LeaseRanOut() override;
  Task<void> Prepare(std::string lease);
  [[noreturn]] static void EndProcess();

  Deps deps_;
  KubeLeaseStore store_;
  LeaseAlarm alarm_;
  LeaseKeeper keeper_;
  StopSource stop_;
  TaskGroup running_;
  std::unique_ptr<Watchdog> watchdog_;
};

}  // namespace instanced
