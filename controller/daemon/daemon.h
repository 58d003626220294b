// Daemon: the composition root. Builds every object, owns the threads and the order of stopping.
//
// Stopping: the first SIGTERM or SIGINT starts no new pass and lets those in flight end within the
// drain time; then their calls are ended, and what was recorded is flushed. A second one quits at
// once. SIGHUP reads configuration, credentials and manifests anew: pace, windows and
// plugins change at once, other settings are named as waiting for a restart, and a configuration
// with an error changes nothing.
//
// Threads: Run() is the loop's thread; journal, watcher, metrics, health and admin have their own.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "api/error/error.h"
#include "controller/config/command_line.h"

namespace instanced {

// Reads the configuration anew, as at the start.
using ConfigReader = std::function<std::expected<Config, ConfigError>()>;

class Daemon {
 public:
  // Opens the journal and binds every listener. Fails with a message for people.
  static Result<std::unique_ptr<Daemon>> Create(const Config& config, ConfigReader read_again);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Until a signal stops it; the process's exit code.
  int Run();

 private:
  struct Parts;
  explicit Daemon(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace instanced
