// Daemon: the composition root. Builds every object, owns the threads and the order of stopping.
//
// Stopping: the first SIGTERM or SIGINT starts no new pass and lets those in flight end within the
// drain time; then their calls are ended, and what was recorded is flushed. A second one quits at
// once. SIGHUP reads credentials and manifests anew.
//
// Threads: Run() is the loop's thread; journal, watcher, metrics, health and admin have their own.
#pragma once

#include <memory>
#include <string>

#include "api/error/error.h"
#include "controller/config/config.h"

namespace instanced {

class Daemon {
 public:
  // Opens the journal and binds every listener. Fails with a message for people.
  static Result<std::unique_ptr<Daemon>> Create(const Config& config);
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
