#include "controller/daemon/daemon_parts.h"

#include <unistd.h>
#include <csignal>
#include <utility>

#include "controller/daemon/options_from_config.h"
#include "controller/daemon/plugin_specs.h"

namespace instanced {

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
  if (auto reloaded = ReloadPlugins(*again)) {
    now.plugins = again->plugins;
  } else {
    log.Failure(instanced::LogLevel::kError, "the old plugins stay", reloaded.error());
  }
  const bool restart = now != *again;
  reconciler->SetOptions(ReconcileOptionsFrom(now, owner));
  config = std::move(now);
  if (restart) {
    log.Warning("some changed settings wait for a restart: all but pace, windows and plugins");
  }
}

// Certificates of plugins are read again, too.
Result<void> Daemon::Parts::ReloadPlugins(const Config& again) {
  Config with = config;
  with.plugins = again.plugins;
  auto specs = PluginSpecsFrom(with);
  if (!specs) return std::unexpected(std::move(specs.error()));
  plugins->Configure(*std::move(specs));
  return {};
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
  cache.ForEachInstance([this](const InstanceView& object) {
    if (object.status.conditions.Find(ConditionType::kStalled)) {
      controller->Wake(object.meta.key.Copy(), Priority::kTransition);
    }
  });
}

}  // namespace instanced
