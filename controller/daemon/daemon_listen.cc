#include "controller/daemon/daemon_parts.h"

#include <utility>

#include "controller/config/version.h"
#include "controller/daemon/options_from_config.h"
#include "controller/daemon/plugin_reports.h"

namespace instanced {

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
                      [this] { return PluginReportsOf(*plugins, cache); },
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

}  // namespace instanced
