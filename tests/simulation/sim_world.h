// SimWorld: one or more daemons, their store, their clouds and a clock, all owned by one seed.
//
// The real controller, reconciler, queue, budgets, brakes, informer and leases run in replicas,
// each on an executor of its own; the seed picks every next resume, whose it is and which. The
// world owns time: it moves to the next thing due (a timer, a watch event, a late effect, an
// appointment) only when nothing can run. What was sent to a cloud goes on in the network, whatever
// becomes of the replica. Faults, people and checks hang on the hooks.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/budget/churn_ledger.h"
#include "controller/lease/lease_board.h"
#include "controller/reconcile/options.h"
#include "controller/telemetry/metrics.h"
#include "tests/fakes/fake_cloud/fake_cloud.h"
#include "tests/fakes/fake_ledger/fake_ledger.h"
#include "tests/fakes/manual_executor.h"
#include "tests/fakes/memory_lease_store/memory_lease_store.h"
#include "tests/fakes/memory_store/memory_store.h"
#include "tests/simulation/bugs.h"
#include "tests/simulation/script.h"
#include "tests/simulation/sim_api.h"
#include "tests/simulation/sim_events.h"
#include "tests/simulation/sim_folder.h"
#include "tests/simulation/sim_home.h"
#include "tests/simulation/sim_store.h"
#include "tests/simulation/trace.h"

namespace instanced {

class SimReplica;

// A broken promise ends the run.
struct Violation {
  std::string what;
};

// kSole: one daemon that nobody contends with, as over files. kLeases: as in a cluster.
enum class Contention { kSole, kLeases };
// Where a daemon hears of changes: from the store itself, through the real Kubernetes source, or
// from a folder of manifests, whose objects the real journal keeps.
enum class Hearing { kStore, kKubernetes, kFolder };
// Whether anybody asks whose a credential is (sim_accounts.h), or every connection is trusted.
enum class Accounts { kTrusted, kGuarded };

enum class StsFate { kNormal, kUnreachable, kCut, kInternal, kThrottled };

// What every replica's token service shares. Both default to: at once, and well.
struct StsHooks {
  std::function<StsFate(int replica)> fate;
  std::function<Duration()> latency;
  // How much a refusal says before it quotes the credential: who cuts messages may cut in there.
  // Nothing: it quotes none.
  std::optional<std::size_t> before_quoted;
};

// What a world has more of than others, so that rare things meet. kSilence: watches say nothing and
// then begin after what they missed was forgotten. kAbsence: creates without a unique name, and a
// process that stays away for hours after its crash. kCrowd: many objects of one account, and
// domains that change hands all the time. kQuota: an account's quota for a few creates, and a lease
// that changes hands. kRelay: domains that change hands while watches are silent, and answers that
// get lost.
enum class Climate { kUsual, kSilence, kAbsence, kCrowd, kQuota, kRelay };

// What faults and habits a world draws from. kFirst: those of the seeds that broke a promise before
// the others came; a seed's world is then the same one as it was.
enum class Repertoire { kFirst, kWhole };

struct SimOptions {
  Contention contention = Contention::kSole;
  int replicas = 1;
  Sharding sharding = Sharding::kOff;
  std::vector<Duration> wall_skews{};  // of each replica's wall clock; none for the rest
  ChurnOptions churn{};
  Hearing hearing = Hearing::kStore;
  Climate climate = Climate::kUsual;
  Accounts accounts = Accounts::kTrusted;
  Repertoire repertoire = Repertoire::kFirst;
};

class SimWorld {
 public:
  SimWorld(std::uint64_t seed, std::size_t trace_kept, SimOptions options = {});
  ~SimWorld();

  void Start();
  // Takes effect as soon as the running resume ends; the replica is back after `down`.
  void CrashSoon(int replica, Duration down);
  // The replica stands still, as a stopped process does; what is due meanwhile waits.
  void Pause(int replica, Duration span);
  bool Running(int replica) const;
  int crashes() const { return crashes_; }
  int pauses() const { return pauses_; }
  std::vector<SimReplica*> Replicas();
  // Who runs now, for hooks that are called by a replica's own code; 0 outside of any.
  int running_replica() const { return running_; }

  // Runs `what` at that time, between two resumes.
  void At(MonotonicTime when, std::function<void()> what) {
    agenda_.emplace(when, std::move(what));
  }
  void After(Duration by, std::function<void()> what) { At(Now() + by, std::move(what)); }
  // Until the time is over or a promise was broken.
  void Run(Duration by);

  MonotonicTime Now() const { return network.Now(); }
  void Note(const std::string& what) { trace.Add(Now(), what); }
  void Violate(std::string what);
  const std::vector<Violation>& violations() const { return violations_; }

  SeededRandom chance;
  SeededRandom order;
  SeededRandom daemon_chance;
  // Of what came to the worlds later: the others' draws stay as they were.
  SeededRandom later_chance;
  // Of states that hang, which came later still.
  SeededRandom hang_chance;
  // Of token services, the latest.
  SeededRandom account_chance;
  const SimOptions setup;
  ReconcileOptions options;
  // The world's own clock and tasks.
  ManualExecutor network;
  // What the stores and API servers of all replicas hold; empty with a folder.
  MemoryStore memory;
  StoreHooks store;
  ApiHistory history;
  SimEvents events;
  ApiHooks api;
  StsHooks sts;
  MemoryLeases leases;
  // How leases fare on the way; at once and well by default.
  std::function<Duration()> lease_latency;
  std::function<LeaseCallFate(const std::string&)> lease_fate;
  FakeLedger ledger;
  // Of Hearing::kFolder alone.
  const std::unique_ptr<SimFolder> folder;
  const std::unique_ptr<MemoryHome> memory_home;
  SimHome& objects;
  FakeCloud cloud;
  Trace trace;
  Bugs bugs;
  Script script;
  // Faults that happened, by kind.
  std::map<std::string, int> faults;
  void Fault(const std::string& kind) { ++faults[kind]; }
  // Passes by key since the last look.
  std::map<ObjectKey, int> passes;
  // A decision, as a replica puts it.
  std::function<void(const std::string& text)> said;
  // What is told to people beside the objects: a line of the log, an Event.
  std::function<void(const std::string& where, const std::string& text)> told;
  Metrics metrics;
  // Whether a replica's disk was full once: brakes may be lost with it.
  bool ledger_failed = false;
  // A call of a replica that the budget let through, and how it ended.
  std::function<void(int replica, const Domain&, std::string_view operation)> entered;
  std::function<void(int replica, const Domain&, std::string_view operation, const CallOutcome&)>
      left;

 private:
  void Begin(SimReplica& replica);
  void Crash(SimReplica& replica);
  bool Turn();
  bool ResumeOne();
  void CarryOutCrashes();
  void MoveTo(MonotonicTime when);
  void WatchLeases();
  std::optional<MonotonicTime> NextThing() const;

  std::multimap<MonotonicTime, std::function<void()>> agenda_;
  std::map<int, Duration> crash_soon_;
  int crashes_ = 0;
  int pauses_ = 0;
  int running_ = 0;
  std::vector<Violation> violations_;
  TaskGroup network_tasks_;
  std::vector<std::unique_ptr<SimReplica>> replicas_;
};

}  // namespace instanced
