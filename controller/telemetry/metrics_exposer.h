// MetricsExposer: answers GET /metrics over plain HTTP, to whoever reaches the address.
//
// No TLS here: Debian 12's libcivetweb (1.15), which serves underneath, was seen to crash on the
// first TLS handshake with OpenSSL 3 (it looks up a function that OpenSSL 3 no longer exports).
// Where TLS or authentication is asked for, Metrics::Scrape() goes through the daemon's own server.
//
// Threads: two of its own, which only read Metrics. Ownership: Metrics outlives it. Stops when
// destroyed.
#pragma once

#include <memory>
#include <string>

#include "api/error/error.h"
#include "controller/telemetry/metrics.h"

namespace instanced {

struct MetricsExposerOptions {
  std::string address = "127.0.0.1:8080";  // ":8080" is every address
};

class MetricsExposer {
 public:
  // Fails with Terminal when the address cannot be bound.
  static Result<std::unique_ptr<MetricsExposer>> Start(const Metrics& metrics,
                                                       const MetricsExposerOptions& options);
  ~MetricsExposer();
  MetricsExposer(const MetricsExposer&) = delete;
  MetricsExposer& operator=(const MetricsExposer&) = delete;

  // The port that was bound, for an address with port 0.
  int port() const;

 private:
  class Server;
  explicit MetricsExposer(std::unique_ptr<Server> server);
  std::unique_ptr<Server> server_;
};

}  // namespace instanced
