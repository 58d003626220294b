#include "controller/daemon/metrics_endpoint.h"

#include <utility>

namespace instanced {
namespace {

constexpr const char* kTextForm = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace

MetricsEndpoint::~MetricsEndpoint() {
  if (server_) server_->Close();
}

Result<std::unique_ptr<MetricsEndpoint>> MetricsEndpoint::Start(const Metrics& metrics,
                                                                const Config& config) {
  std::unique_ptr<MetricsEndpoint> endpoint(new MetricsEndpoint());
  if (!config.metrics_address) return endpoint;
  auto guard = HttpGuard::Read("metrics", config.metrics_access);
  if (!guard) return std::unexpected(std::move(guard.error()));
  endpoint->guard_ = *std::move(guard);
  if (!endpoint->guard_->asks_for_secret() && !endpoint->guard_->tls()) {
    auto started = MetricsExposer::Start(metrics, {ToString(*config.metrics_address)});
    if (!started) return std::unexpected(std::move(started.error()));
    endpoint->exposer_ = std::move(*started);
    return endpoint;
  }
  HttpServerOptions options;
  options.address = config.metrics_address->host.empty() ? "0.0.0.0" : config.metrics_address->host;
  options.port = config.metrics_address->port;
  options.threads = 4;
  options.tls = endpoint->guard_->tls();
  auto started =
      HttpServer::Start(options, {{HttpMethod::kGet, "/metrics",
                                   [&metrics, self = endpoint.get()](const ServerRequest& request) {
                                     return self->Answer(metrics, request);
                                   }}});
  if (!started) return std::unexpected(std::move(started.error()));
  endpoint->server_ = std::move(*started);
  return endpoint;
}

HttpResponse MetricsEndpoint::Answer(const Metrics& metrics, const ServerRequest& request) const {
  if (auto refusal = guard_->Refuses(request)) return *std::move(refusal);
  return {200, {{"Content-Type", kTextForm}}, metrics.Scrape()};
}

Result<void> MetricsEndpoint::Reload() { return guard_ ? guard_->Reload() : Result<void>(); }

}  // namespace instanced
