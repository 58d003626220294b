// MetricsExposer: answers GET /metrics over HTTP or HTTPS, with optional basic authentication.
//
// Threads: two of its own, which only read Metrics. Ownership: Metrics outlives it. Stops when
// destroyed.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "api/error/error.h"
#include "controller/telemetry/metrics.h"

namespace instanced {

struct BasicAuth {
  std::string user;
  std::string password;
};

struct MetricsExposerOptions {
  std::string address = "127.0.0.1:8080";  // ":8080" is every address
  // One PEM file with the certificate chain and its key; with it, HTTPS only.
  std::optional<std::string> certificate_path{};
  std::optional<BasicAuth> auth{};
};

class MetricsExposer {
 public:
  // Fails with Terminal when the address cannot be bound or the certificate not be used.
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
