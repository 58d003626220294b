#include "controller/daemon/daemon_parts.h"

#include <algorithm>
#include <utility>

#include "controller/config/version.h"
#include "controller/daemon/folder_home.h"
#include "controller/daemon/gauges.h"
#include "controller/daemon/kube_home.h"
#include "controller/daemon/options_from_config.h"
#include "controller/daemon/plugin_specs.h"
#include "controller/daemon/proxy_settings.h"

namespace instanced {

Daemon::Parts::Parts(const Config& given, ConfigReader reader, Log built_log)
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
             // In a cluster the journal holds nothing but history; the ledger is asked on the loop.
             [this, in_cluster = given.kubernetes.has_value()] {
               return in_cluster ? record_works.load()
                                 : journal->Health().state == StoreHealth::kGreen;
             }),
      passes(loop),
      others(loop),
      limits(loop) {}

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

}  // namespace instanced
