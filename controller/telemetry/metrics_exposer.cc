#include "controller/telemetry/metrics_exposer.h"

#include <exception>
#include <vector>

#include <fmt/core.h>
#include <prometheus/exposer.h>

namespace instanced {
namespace {

std::vector<std::string> ServerOptions(const MetricsExposerOptions& options) {
  const bool everywhere = options.address.starts_with(':');
  return {"listening_ports", everywhere ? options.address.substr(1) : options.address,
          "num_threads", "2"};
}

}  // namespace

class MetricsExposer::Server {
 public:
  Server(const Metrics& metrics, const MetricsExposerOptions& options)
      : exposer(ServerOptions(options)) {
    exposer.RegisterCollectable(metrics.collectable());
  }
  prometheus::Exposer exposer;
};

Result<std::unique_ptr<MetricsExposer>> MetricsExposer::Start(
    const Metrics& metrics, const MetricsExposerOptions& options) {
  // The third party reports a port in use and a bad address by exception.
  try {
    return std::unique_ptr<MetricsExposer>(
        new MetricsExposer(std::make_unique<Server>(metrics, options)));
  } catch (const std::exception&) {
    return Fail(
        ErrorClass::kTerminal, "MetricsAddress",
        fmt::format("cannot serve metrics on {}: the address is in use or wrong", options.address));
  }
}

MetricsExposer::MetricsExposer(std::unique_ptr<Server> server) : server_(std::move(server)) {}
MetricsExposer::~MetricsExposer() = default;

int MetricsExposer::port() const {
  const auto ports = server_->exposer.GetListeningPorts();
  return ports.empty() ? 0 : ports.front();
}

}  // namespace instanced
