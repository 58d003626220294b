// ObjectHome: where the declared objects live and our record of them goes: a folder of manifests
// with the journal beside it (FolderHome), or a Kubernetes API server (KubeHome).
//
// Nothing else in the daemon knows which of the two it is. The daemon owns what both share: cache,
// queue, reconciler, brakes, journal.
//
// Threads: the loop's. Ownership: what HomeDeps names outlives the home.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/budget/brake_book.h"
#include "controller/config/config.h"
#include "controller/informer/informer.h"
#include "controller/journal/journal.h"
#include "controller/lease/fence.h"
#include "controller/lease/ledger_shares.h"
#include "controller/lease/work_elsewhere.h"
#include "controller/plan/plan_start.h"
#include "controller/provider/registry.h"
#include "controller/reconcile/observer.h"
#include "controller/source/source.h"
#include "controller/task/loop.h"
#include "controller/telemetry/log.h"
#include "controller/telemetry/metrics.h"

namespace instanced {

// What a home may ask of the daemon around it; called on the loop, never before Run().
struct HomeSignals {
  std::function<void()> brakes_changed;
  std::function<void(const ObjectKey&)> wake;
  std::function<void(const ObjectKey&)> provider_config_changed;
  std::function<void()> credentials_changed;
  std::function<void(Task<void>)> spawn;
  // Whether this process may act now: false without the lease. Writes that no pass makes ask it.
  std::function<bool()> may_act;
  // The right to act was taken: reads what the last holder left; then looks at everything anew.
  std::function<Task<Result<void>>(std::string share)> restore;
  // A part of the work is another replica's from here on.
  std::function<void(const std::string& share)> let_go;
  std::function<void()> take_over;
  // It ran out: the process is to end.
  std::function<void()> lease_ran_out;
  StopToken stop;  // what is under way ends
};

struct HomeDeps {
  const Config& config;
  Loop& loop;
  const Clock& clock;
  Random& random;
  const Log& log;
  Metrics& metrics;
  Journal& journal;
  ObjectCache& cache;
  BrakeBook& brakes;
  HomeSignals signals;
};

// What the daemon builds the rest with; all of it lives as long as the home.
struct HomeSeams {
  std::string owner;  // the installation, part of every mark
  ObjectWriter& writer;
  Ledger& ledger;
  // The rest is empty in a folder.
  SecretReader* secrets = nullptr;
  ReconcileObserver* observer = nullptr;  // told after the log
  // Before a ProviderConfig is used for any call.
  std::function<Task<Result<void>>(ProviderConfigPtr)> hold_config = nullptr;
  // StandardGuards::Deps::judge_after.
  std::function<std::optional<MonotonicTime>(const InstanceObject&)> judge_after = nullptr;
  // Whether the record can be written; the journal's health in a folder.
  std::function<bool()> record_works = nullptr;
  // Finds out whether it can be again; spawned now and then while it cannot.
  std::function<Task<void>()> probe_record = nullptr;
  // AdminDesk::Deps::lives; empty in a cluster.
  std::function<RecordedLives()> lives = nullptr;
  // None where this process is the only one by other means.
  Fence* fence = nullptr;
  // Where replicas divide the work.
  const LedgerShares* shares = nullptr;
};

class ObjectHome {
 public:
  virtual ~ObjectHome() = default;
  virtual HomeSeams Seams() = 0;
  // Feeds the informer until `stop`; everything that runs beside the source runs in here.
  virtual Task<void> Run(WatchSink sink, StopToken stop) = 0;
  // The right to act, or a part of it, was taken: what waited for it is done now.
  virtual void TakenOver() {}
  // After the last pass: the right to act is given up, so that another need not wait.
  virtual Task<void> Leave() { co_return; }
  // What readiness says about it: nothing while it is not known yet.
  virtual std::optional<std::string> standing() const { return ""; }
  // Which part of the work other processes do; all of it where this one is a standby.
  virtual WorkElsewhere Elsewhere() const { return {}; }
  // The informer's news, after everybody else has seen them.
  virtual void OnChange(const Change& change) = 0;
  // A person answered a brake that held these.
  virtual void OnAnswered(const std::vector<ObjectKey>& keys) = 0;
  // SIGHUP.
  virtual void Reload() = 0;
};

}  // namespace instanced
