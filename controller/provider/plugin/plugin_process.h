// PluginProcess: a plugin's program, started once, in a process group of its own.
//
// It gets nothing of ours but what the spec names: no open files, no environment. What it writes to
// standard output or error goes line by line to `on_line`, cut at 4 KiB and at most 500 lines in
// ten seconds; the rest is counted and told. It dies with the daemon (parent-death signal).
//
// Threads: one of its own reads and waits; `on_line` is called there, `on_exit` is posted to the
// loop. The rest is the loop's. Ownership: the destructor kills what still runs and waits for it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "api/error/error.h"
#include "controller/clock/clock.h"
#include "controller/provider/plugin/plugin_spec.h"

namespace instanced::plugin {

struct ProcessHooks {
  std::function<void(std::string line)> on_line;
  // "exited with code 3", "was killed by signal 9".
  std::function<void(std::string how)> on_exit;
  std::function<void(std::function<void()>)> post;
};

class PluginProcess {
 public:
  // Fails with Terminal when the program cannot be started: not there, not executable.
  static Result<std::unique_ptr<PluginProcess>> Start(const ProcessSpec& spec, const Clock& clock,
                                                      ProcessHooks hooks);
  PluginProcess(const PluginProcess&) = delete;
  PluginProcess& operator=(const PluginProcess&) = delete;
  ~PluginProcess();

  int pid() const;
  // SIGTERM, and SIGKILL, to the whole process group; nothing once it has ended.
  void Terminate();
  void Kill();

 private:
  struct Parts;
  explicit PluginProcess(std::shared_ptr<Parts> parts);
  std::shared_ptr<Parts> parts_;
};

}  // namespace instanced::plugin
