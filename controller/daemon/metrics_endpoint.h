// MetricsEndpoint: where /metrics is answered, as the configuration says.
//
// Plain and open to whoever reaches the address: prometheus-cpp's exposer. With a certificate or a
// secret: the daemon's own HTTPS server, because Debian 12's libcivetweb below the exposer crashes
// on a TLS handshake. Certificate, key and secret are read when it starts; Reload reads the secret
// again.
//
// Threads: Start, Reload and the destructor on one thread; answers on the servers' own.
// Ownership: the metrics outlive it.
#pragma once

#include <memory>

#include "controller/config/config.h"
#include "controller/daemon/http_guard.h"
#include "controller/http/http_server.h"
#include "controller/telemetry/metrics_exposer.h"

namespace instanced {

class MetricsEndpoint {
 public:
  // Nothing to serve without config.metrics_address. Fails with Validation on a file that cannot
  // be used, with Terminal when the address cannot be bound.
  static Result<std::unique_ptr<MetricsEndpoint>> Start(const Metrics& metrics,
                                                        const Config& config);
  ~MetricsEndpoint();

  // A file that cannot be used leaves the old secret in force.
  Result<void> Reload();

 private:
  MetricsEndpoint() = default;
  HttpResponse Answer(const Metrics& metrics, const ServerRequest& request) const;

  std::unique_ptr<HttpGuard> guard_;
  std::unique_ptr<MetricsExposer> exposer_;
  std::unique_ptr<HttpServer> server_;
};

}  // namespace instanced
