#include "controller/daemon/daemon.h"

#include <unistd.h>
#include <algorithm>
#include <csignal>

#include "controller/admin/admin_server.h"
#include "controller/budget/call_metrics.h"
#include "controller/config/version.h"
#include "controller/daemon/admin_desk.h"
#include "controller/daemon/cloud_connectors.h"
#include "controller/daemon/daemon_health.h"
#include "controller/daemon/daemon_log.h"
#include "controller/daemon/folder_home.h"
#include "controller/daemon/gauges.h"
#include "controller/daemon/heap.h"
#include "controller/daemon/held_configs.h"
#include "controller/daemon/journal_metrics.h"
#include "controller/daemon/kube_home.h"
#include "controller/daemon/metrics_endpoint.h"
#include "controller/daemon/observers.h"
#include "controller/daemon/options_from_config.h"
#include "controller/daemon/plugin_log.h"
#include "controller/daemon/plugin_specs.h"
#include "controller/daemon/proxy_settings.h"
#include "controller/http/beast_http_client.h"
#include "controller/page/page_server.h"
#include "controller/reconcile/standard_guards.h"
#include "controller/task/sleep.h"

namespace instanced {
namespace {

constexpr Duration kGaugeInterval = std::chrono::seconds(2);
constexpr int kBeatsPerTrim = 5;
constexpr Duration kTimeToEnd = std::chrono::seconds(2);
constexpr Duration kLongAgo = std::chrono::hours(24 * 60);

std::string DeclaredIn(const Config& config) {
  if (!config.kubernetes) return config.manifests.string();
  const auto& space = config.kubernetes->namespace_;
  return space.empty() ? "Kubernetes, all namespaces" : "Kubernetes, namespace " + space;
}

}  // namespace

// Members in the order of the arrows: what stands below may use what stands above.
struct Daemon::Parts {
  Parts(const Config& given, ConfigReader reader, Log built_log)
      : config(given),
        read_config(std::move(reader)),
        log(std::move(built_log)),
        random(SystemSeed()),
        loop(clock),
        budget(),
        call_metrics(metrics),
        gates(budget, clock, call_metrics),
        churn(ChurnOptionsFrom(given)),
        brakes(BrakeOptionsFrom(given)),
        unknown_codes(metrics),
        plugin_log(log, metrics, [this](const std::string& plugin) { WakeUsersOf(plugin); }),
        daemon_log(log, metrics),
        health(clock,
               // In a cluster the journal holds nothing but history.
               [this, in_cluster = given.kubernetes.has_value()] {
                 return in_cluster || journal->Health().state == StoreHealth::kGreen;
               }),
        passes(loop),
        others(loop),
        limits(loop) {}

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

Result<void> Daemon::Parts::Open() {
  auto opened = Journal::Open(
      JournalOptionsFrom(config), random,
      [this](std::function<void()> f) { loop.PostFromAnyThread(std::move(f)); }, &journal_metrics);
  if (!opened) return std::unexpected(std::move(opened.error()));
  journal = std::move(*opened);
  if (auto found = OpenHome(); !found) return found;
  const auto seams = home->Seams();
  owner = seams.owner;
  if (auto connected = OpenClouds(seams); !connected) return connected;
  BuildCore(seams);
  return {};
}

Result<void> Daemon::Parts::OpenHome() {
  HomeDeps deps{
      config,
      loop,
      clock,
      random,
      log,
      metrics,
      *journal,
      cache,
      brakes,
      {[this] { guards->BrakesChanged(); },
       [this](const ObjectKey& key) { controller->Wake(key, Priority::kUrgent); },
       [this](const ObjectKey& key) { reconciler->ProviderConfigChanged(key); },
       [this] { ReloadCredentials(); }, [this](Task<void> task) { others.Spawn(std::move(task)); },
       [this] { return MayAct(); }, [this](std::string share) { return Restore(std::move(share)); },
       [this](const std::string& share) { guards->LetShareGo(share); }, [this] { TakeOver(); },
       [this] { End(); }, stop_calls.token()}};
  if (!config.kubernetes) {
    home = std::make_unique<FolderHome>(std::move(deps));
    return {};
  }
  auto opened = KubeHome::Open(std::move(deps));
  if (!opened) return std::unexpected(std::move(opened.error()));
  home = std::move(*opened);
  return {};
}

Result<void> Daemon::Parts::OpenClouds(const HomeSeams& seams) {
  HttpClientOptions http_options;
  http_options.connect_timeout = config.connect_timeout;
  // A connection for each pass in flight is kept, or each wave of polls would dial anew.
  http_options.idle_per_origin_max =
      std::max(http_options.idle_per_origin_max, static_cast<std::size_t>(config.max_in_flight));
  auto proxy = ProxySettingsFrom(config.proxy);
  if (!proxy) return std::unexpected(std::move(proxy.error()));
  http_options.proxy = std::move(*proxy);
  auto client = BeastHttpClient::Create(loop, std::move(http_options));
  if (!client) return std::unexpected(std::move(client.error()));
  http = std::move(*client);

  aws::AwsConnectorOptions aws_options;
  aws_options.transport.call_deadline = config.call_deadline;
  aws = std::make_unique<aws::AwsConnector>(
      aws::AwsConnectorDeps{*http, clock, random, gates, files, config.environment, seams.secrets,
                            &unknown_codes},
      aws_options);
  alibaba = std::make_unique<alibaba::AlibabaConnector>(
      alibaba::AlibabaDeps{*http, clock, random, config.environment, gates, seams.secrets,
                           &unknown_codes},
      alibaba::AlibabaOptions{});
  const auto poster = [this](std::function<void()> f) { loop.PostFromAnyThread(std::move(f)); };
  auto specs = PluginSpecsFrom(config);
  if (!specs) return std::unexpected(std::move(specs.error()));
  plugins = std::make_unique<plugin::PluginConnector>(
      plugin::PluginDeps{clock,
                         random,
                         gates,
                         plugin_log,
                         poster,
                         [this](const ObjectKey& key) { return AttemptOf(key); },
                         std::string(ProgramVersion()),
                         {}},
      *std::move(specs));
  clouds = std::make_unique<CloudConnectors>(*aws, *alibaba, *plugins, cache, budget, clock);
  held_configs = std::make_unique<HeldConfigs>(*clouds, seams.hold_config);
  return {};
}

void Daemon::Parts::BuildCore(const HomeSeams& seams) {
  const auto spawn = [this](Task<void> task) { others.Spawn(std::move(task)); };
  observers.Add(daemon_log);
  if (seams.observer != nullptr) observers.Add(*seams.observer);
  // Of one process in a cluster, so that the next one takes open intents over by writing them.
  const std::string holder =
      config.kubernetes ? owner + "/" + std::to_string(random.Next()) : owner;
  sole_fence = std::make_unique<SoleFence>(holder, 0);
  fence = seams.fence != nullptr ? seams.fence : sole_fence.get();
  guards = std::make_unique<StandardGuards>(StandardGuards::Deps{
      clock, budget, churn, brakes, seams.ledger, cache, spawn,
      [this](const ObjectKey& key, const std::string& what) {
        log.Warning("annotation is ignored", {{"object", key}, {"cause", what}});
      },
      [this](const ObjectKey& key) { controller->Wake(key, Priority::kUrgent); }, seams.judge_after,
      seams.shares});
  reconciler = std::make_unique<Reconciler>(
      ReconcilerDeps{
          clock, random, cache, seams.writer, *held_configs, seams.ledger, *guards, *fence,
          observers,
          [this](const ObjectKey& key, Priority priority) { controller->Wake(key, priority); },
          spawn, stop_calls.token()},
      ReconcileOptionsFrom(config, owner));
  controller = std::make_unique<Controller>(Controller::Deps{
      clock,
      queue,
      *reconciler,
      passes,
      {[this](MonotonicTime now) { return budget.PopReady(now); },
       [this](MonotonicTime now) { return budget.NextWake(now); }},
      [this](Duration waited, Duration worked) { ShowPassTimes(waited, worked, metrics); }});
  informer = std::make_unique<Informer>(cache, [this](const Change& change) { OnChange(change); });
}

Result<void> Daemon::Parts::Listen() {
  metrics.Set(Metric::kBuildInfo, {ProgramVersion(), __VERSION__}, 1);
  auto endpoint = MetricsEndpoint::Start(metrics, config);
  if (!endpoint) return std::unexpected(std::move(endpoint.error()));
  metrics_endpoint = std::move(*endpoint);
  if (config.health_address) {
    HttpServerOptions options;
    options.address = config.health_address->host.empty() ? "0.0.0.0" : config.health_address->host;
    options.port = config.health_address->port;
    options.threads = 4;
    auto started = HttpServer::Start(options, health.Routes());
    if (!started) return std::unexpected(std::move(started.error()));
    health_server = std::move(*started);
  }
  const auto seams = home->Seams();
  desk = std::make_unique<AdminDesk>(
      AdminDesk::Deps{{[this](std::function<void()> f) { loop.PostFromAnyThread(std::move(f)); },
                       [this](Task<void> task) { others.Spawn(std::move(task)); }},
                      clock,
                      brakes,
                      seams.ledger,
                      cache,
                      *reconciler,
                      seams.writer,
                      [this](HistoryQuery query) { return journal->History(std::move(query)); },
                      budget,
                      churn,
                      *clouds,
                      stop_calls.token(),
                      {std::string(ProgramVersion()), owner},
                      [this](const std::vector<ObjectKey>& keys) { OnAnswered(keys); },
                      seams.lives,
                      [this] { return StoreTrouble(); },
                      [this] { return home->Elsewhere(); }});
  auto tls = AdminTlsFrom(config);
  if (!tls) return std::unexpected(std::move(tls.error()));
  AdminAccess access{std::move(*tls),
                     {config.admin.socket_readers.begin(), config.admin.socket_readers.end()}};
  auto started = AdminServer::Start(config.admin_socket, *desk, clock, std::move(access));
  if (!started) return std::unexpected(std::move(started.error()));
  admin = std::move(*started);
  return ListenForPage();
}

Result<void> Daemon::Parts::ListenForPage() {
  if (!config.page_address) return {};
  auto guard = HttpGuard::Read("page", config.page_access);
  if (!guard) return std::unexpected(std::move(guard.error()));
  page_guard = *std::move(guard);
  PageGate gate;
  if (page_guard->asks_for_secret()) {
    gate = [this](const ServerRequest& request) { return page_guard->Refuses(request); };
  }
  auto started = PageServer::Start(
      {config.page_address->host, config.page_address->port, page_guard->tls(), std::move(gate)},
      *desk);
  if (!started) return std::unexpected(std::move(started.error()));
  page = std::move(*started);
  log.Info("page is served",
           {{"address", config.page_address->host + ":" + std::to_string(page->port())}});
  return {};
}

void Daemon::Parts::OnChange(const Change& change) {
  const bool deleted = change.kind == ChangeKind::kDeleted && change.object.has_value();
  if (deleted) {
    guards->ObjectDeleted(MetaOf(*change.object).key);
    ShowDeleted(*change.object, clock.WallNow(), metrics);
  }
  if (change.kind == ChangeKind::kSynced) {
    health.SourceSynced();
    log.Info("source is synced", {{"objects", cache.instance_count()}});
  }
  controller->OnChange(change);
  desk->ObjectChanged(change);
  home->OnChange(change);
}

// The attempt whose intent is recorded.
std::int64_t Daemon::Parts::AttemptOf(const ObjectKey& key) const {
  const auto object = cache.FindInstance(key);
  return object && object->status.intent ? object->status.intent->attempt : 0;
}

// In a cluster the journal holds nothing but history, and nothing waits for it.
std::string Daemon::Parts::StoreTrouble() const {
  const auto state = journal->Health();
  const bool sick = !config.kubernetes && state.state == StoreHealth::kRed;
  return sick ? "the state file: " + state.message : std::string();
}

void Daemon::Parts::WakeUsersOf(const std::string& plugin) {
  cache.ForEachInstance([&](const InstancePtr& object) {
    if (object->spec.plugin == plugin) controller->Wake(object->meta.key, Priority::kTransition);
  });
}

void Daemon::Parts::OnAnswered(const std::vector<ObjectKey>& keys) {
  home->OnAnswered(keys);
  guards->BrakesChanged();
  for (const auto& key : keys) controller->Wake(key, Priority::kUrgent);
}

// Another process has spent from the same accounts until a moment ago.
void Daemon::Parts::TakeOver() {
  budget.TakeOver(clock.Now());
  controller->TakeOver(cache);
}

// Nothing more may be done: what is under way is cut off.
void Daemon::Parts::End() {
  exit_code = 1;
  health.Stopping();
  StopWork();
  stop_calls.RequestStop();
}

// Without a share only what belongs to the installation as a whole.
Task<Result<void>> Daemon::Parts::Restore(std::optional<std::string> share) {
  Ledger& ledger = home->Seams().ledger;
  auto loading_churn =
      ledger.LoadChurn(clock.WallNow() - std::chrono::floor<std::chrono::milliseconds>(kLongAgo));
  auto entries = co_await loading_churn;
  if (!entries) co_return std::unexpected(std::move(entries.error()));
  churn.Load(*entries);
  if (!share) co_return Result<void>();
  auto loading = ledger.LoadDocuments();
  auto documents = co_await loading;
  if (!documents) co_return std::unexpected(std::move(documents.error()));
  guards->TakeShare(*share, *documents);
  co_return Result<void>();
}

Task<void> Daemon::Parts::Beat() {
  const auto seams = home->Seams();
  bool red = false;
  for (int beat = 1; !stop_work.StopRequested(); ++beat) {
    health.Beat();
    if (beat % kBeatsPerTrim == 0) ReturnFreeMemory();
    const auto state = journal->Health();
    const bool sick = state.state == StoreHealth::kRed;
    if (sick && !red) log.Error("journal cannot be written", {{"cause", state.message}});
    if (!sick && red) log.Info("journal can be written again");
    red = sick;
    const auto standing = home->standing();
    health.LeasesKnown(standing ? DaemonHealth::Leases::kKnown : DaemonHealth::Leases::kUnknown);
    health.SetStanding(standing && standing->starts_with("standby")
                           ? DaemonHealth::Standing::kStandby
                           : DaemonHealth::Standing::kActing);
    ShowGauges({clock, cache, queue, budget, churn, brakes, *journal, *controller,
                reconciler->tracks(), config.max_in_flight},
               metrics);
    reconciler->DropOldLists();
    if (sick) {
      auto probing = journal->Probe();
      (void)co_await probing;
    }
    SleepUntil sleeping(clock.Now() + kGaugeInterval, stop_work.token());
    co_await sleeping;
  }
  for (auto& rates : guards->LearnedRates()) {
    auto saving = seams.ledger.SaveDocument(std::move(rates));
    (void)co_await saving;
  }
}

Task<void> Daemon::Parts::Drain() {
  auto joining = passes.Join();
  co_await joining;
  auto leaving = home->Leave();
  co_await leaving;
  // Nobody waits for a list any more: a sweep under way ends with its next answer.
  stop_calls.RequestStop();
}

// Timers, as a call that is never answered gives the loop nothing else to wake for.
Task<void> Daemon::Parts::LimitDrain() {
  const MonotonicTime drained = clock.Now() + config.drain_timeout;
  SleepUntil draining(drained);
  co_await draining;
  stop_calls.RequestStop();
  SleepUntil ending(drained + kTimeToEnd);
  co_await ending;
}

void Daemon::Parts::StopWork() {
  if (stop_work.StopRequested()) return;
  stop_work.RequestStop();
  limits.Spawn(LimitDrain());
}

void Daemon::Parts::HandleSignals() {
  const auto stop = [this] {
    if (stop_work.StopRequested()) _exit(1);
    log.Info("stopping; passes in flight are given time to end",
             {{"seconds", std::chrono::duration<double>(config.drain_timeout).count()},
              {"in_flight", controller->in_flight()}});
    health.Stopping();
    StopWork();
    others.Spawn(Drain());
  };
  loop.OnSignal(SIGTERM, stop);
  loop.OnSignal(SIGINT, stop);
  loop.OnSignal(SIGHUP, [this] { Reload(); });
}

void Daemon::Parts::ReloadConfig() {
  auto again = read_config();
  if (!again) {
    for (const auto& problem : again.error().problems) {
      log.Error("configuration is refused; the old one stays", {{"problem", problem}});
    }
    return;
  }
  // What takes effect while running; the rest keeps its value until a restart.
  Config now = config;
  AdoptPace(*again, now);
  const bool restart = now != *again;
  reconciler->SetOptions(ReconcileOptionsFrom(now, owner));
  config = std::move(now);
  if (restart) log.Warning("some changed settings wait for a restart: all but pace and windows");
}

void Daemon::Parts::Reload() {
  log.Info("reloading configuration, credentials and declared objects");
  ReloadConfig();
  home->Reload();
  if (auto reloaded = metrics_endpoint->Reload(); !reloaded) {
    log.Failure(instanced::LogLevel::kError, "the old secret of /metrics stays", reloaded.error());
  }
  if (auto reloaded = page_guard ? page_guard->Reload() : Result<void>(); !reloaded) {
    log.Failure(instanced::LogLevel::kError, "the old secret of the page stays", reloaded.error());
  }
  ReloadCredentials();
}

void Daemon::Parts::ReloadCredentials() {
  clouds->ReloadCredentials();
  reconciler->CredentialsChanged();
  cache.ForEachInstance([this](const InstancePtr& object) {
    if (object->status.conditions.Find(ConditionType::kStalled)) {
      controller->Wake(object->meta.key, Priority::kTransition);
    }
  });
}

Task<void> Daemon::Parts::Work() {
  // With leases, each share when it is taken.
  auto restoring = Restore(home->Seams().shares ? std::nullopt : std::optional<std::string>(""));
  if (auto restored = co_await restoring; !restored) {
    log.Failure(instanced::LogLevel::kError, "cannot read what was recorded", restored.error());
    StopWork();
    co_return;
  }
  others.Spawn(Beat());
  others.Spawn(controller->Run(stop_work.token()));
  // Calls under way may need them until the drain is over.
  plugins->Start([this](Task<void> task) { others.Spawn(std::move(task)); }, stop_calls.token());
  auto running = home->Run([this](WatchEvent event) { informer->Handle(std::move(event)); },
                           stop_work.token());
  co_await running;
}

Daemon::Daemon(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Daemon::~Daemon() = default;

Result<std::unique_ptr<Daemon>> Daemon::Create(const Config& config, ConfigReader read_again) {
  // Not constructed inside Parts: its sink and format ask the terminal.
  static const SystemClock kClock;
  BoundHeapArenas();
  auto parts = std::make_unique<Parts>(config, std::move(read_again), LogFrom(config, kClock));
  if (auto opened = parts->Open(); !opened) return std::unexpected(std::move(opened.error()));
  if (auto listening = parts->Listen(); !listening) {
    return std::unexpected(std::move(listening.error()));
  }
  return std::unique_ptr<Daemon>(new Daemon(std::move(parts)));
}

int Daemon::Run() {
  Parts& parts = *parts_;
  parts.HandleSignals();
  parts.log.Info("started", {{"version", ProgramVersion()},
                             {"declared_in", DeclaredIn(parts.config)},
                             {"state", parts.config.state_file.string()},
                             {"owner", parts.owner},
                             {"admin_socket", parts.config.admin_socket.string()}});
  parts.others.Spawn(parts.Work());
  parts.loop.RunUntil([&] {
    const bool idle = parts.passes.size() == 0 && parts.others.size() == 0;
    return parts.stop_work.StopRequested() && (idle || parts.limits.size() == 0);
  });
  parts.desk->Close();
  parts.admin->Stop();
  if (parts.page) parts.page->Close();
  if (parts.health_server) parts.health_server->Close();
  parts.metrics_endpoint.reset();
  parts.log.Info("stopped", {{"passes_cut_off", parts.passes.size()}});
  return parts.exit_code;
}

}  // namespace instanced
