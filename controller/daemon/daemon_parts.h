// Daemon::Parts: all that a daemon is made of, in the order of the arrows: what stands below may
// use what stands above, and goes before it.
//
// Open builds the objects (daemon_open.cc), Listen the servers (daemon_listen.cc); Work is the
// loop's first task (daemon_work.cc); changes of objects and signals come in through
// daemon_events.cc and daemon_signals.cc. Threads: the loop's, unless a member says otherwise.
// Ownership: owns everything it names.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/admin/admin_server.h"
#include "controller/budget/call_metrics.h"
#include "controller/daemon/admin_desk.h"
#include "controller/daemon/cloud_connectors.h"
#include "controller/daemon/daemon.h"
#include "controller/daemon/daemon_health.h"
#include "controller/daemon/daemon_log.h"
#include "controller/daemon/held_configs.h"
#include "controller/daemon/journal_metrics.h"
#include "controller/daemon/metrics_endpoint.h"
#include "controller/daemon/object_home.h"
#include "controller/daemon/observers.h"
#include "controller/daemon/plugin_log.h"
#include "controller/http/beast_http_client.h"
#include "controller/informer/informer.h"
#include "controller/journal/journal.h"
#include "controller/page/page_server.h"
#include "controller/reconcile/controller.h"
#include "controller/reconcile/standard_guards.h"

namespace instanced {

struct Daemon::Parts {
  Parts(const Config& given, ConfigReader reader, Log built_log);

  Result<void> Open();
  Result<void> OpenHome();
  Result<void> OpenClouds(const HomeSeams& seams);
  void BuildCore(const HomeSeams& seams);
  Result<void> Listen();
  Result<void> ListenForPage();
  Task<void> Work();
  Task<Result<void>> Restore(std::optional<std::string> share);
  void TakeOver();
  void End();
  Task<void> Beat();
  Task<void> Drain();
  Task<void> LimitDrain();
  void StopWork();
  void HandleSignals();
  // The right to act in any domain; each pass asks the fence again for its own.
  bool MayAct() const { return fence->TenureOf(nullptr).Holds(); }
  void Reload();
  void ReloadConfig();
  Result<void> ReloadPlugins(const Config& again);
  void ReloadCredentials();
  void OnChange(const Change& change);
  void WakeUsersOf(const std::string& plugin);
  std::int64_t AttemptOf(const ObjectKey& key) const;
  std::string StoreTrouble() const;
  void OnAnswered(const std::vector<ObjectKey>& keys);

  Config config;
  const ConfigReader read_config;
  SystemClock clock;
  Log log;
  SeededRandom random;
  Loop loop;
  Metrics metrics;
  JournalMetrics journal_metrics{clock, metrics};
  std::unique_ptr<Journal> journal;
  std::string owner;

  Budget budget;
  CallMetrics call_metrics;
  BudgetGates gates;
  ChurnLedger churn;
  BrakeBook brakes;

  ObjectCache cache;
  std::unique_ptr<ObjectHome> home;

  std::unique_ptr<BeastHttpClient> http;
  aws::DiskFileReader files;
  UnknownCodeCounter unknown_codes;
  std::unique_ptr<aws::AwsConnector> aws;
  std::unique_ptr<alibaba::AlibabaConnector> alibaba;
  PluginLog plugin_log;
  std::unique_ptr<plugin::PluginConnector> plugins;
  std::unique_ptr<CloudConnectors> clouds;
  std::unique_ptr<HeldConfigs> held_configs;

  DaemonLog daemon_log;
  Observers observers;
  std::atomic<bool> record_works = true;  // as of the last beat
  DaemonHealth health;
  WorkQueue queue;
  StopSource stop_work;   // no new pass, no new snapshot
  StopSource stop_calls;  // the drain time is over
  TaskGroup passes;
  TaskGroup others;
  TaskGroup limits;                       // running out: nothing is waited for any more
  std::unique_ptr<SoleFence> sole_fence;  // where no lease is needed
  Fence* fence = nullptr;
  std::unique_ptr<StandardGuards> guards;
  std::unique_ptr<Reconciler> reconciler;
  std::unique_ptr<Controller> controller;
  std::unique_ptr<Informer> informer;

  std::unique_ptr<AdminDesk> desk;
  std::unique_ptr<MetricsEndpoint> metrics_endpoint;
  std::unique_ptr<HttpServer> health_server;
  std::unique_ptr<AdminServer> admin;
  std::unique_ptr<HttpGuard> page_guard;
  std::unique_ptr<PageServer> page;
  bool finished = false;
  int exit_code = 0;
};

}  // namespace instanced
