// PluginSupervisor: keeps one plugin's program running: started, started again after a pause that
// grows with each failure, stopped with the daemon (SIGTERM, then SIGKILL).
//
// Threads: the loop's; on_line is called on a thread of the process. Ownership: what Deps names
// outlives it, and it outlives Run().
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "controller/clock/clock.h"
#include "controller/provider/plugin/plugin_process.h"
#include "controller/provider/plugin/plugin_session.h"
#include "controller/task/signal.h"
#include "controller/task/stop.h"
#include "controller/task/task.h"
#include "controller/workqueue/backoff.h"

namespace instanced::plugin {

struct SupervisorDeps {
  const Clock& clock;
  Random& random;
  std::function<void(std::function<void()>)> post;
  std::function<void(std::string line)> on_line;
  std::function<void(int pid)> on_start;
  // How it ended, and how long until the next start.
  std::function<void(const std::string& how, Duration pause)> on_end;
};

class PluginSupervisor {
 public:
  // `socket` is removed before each start: the file of one that was killed is in the way.
  PluginSupervisor(SupervisorDeps deps, std::string name, ProcessSpec spec, std::string socket,
                   PluginTimings timings);

  Task<void> Run(StopToken stop);
  // Kills it; it is started again.
  void Restart();

  // Of the program that runs; nothing between two.
  std::optional<int> pid() const;
  int starts() const { return starts_; }
  // How the last one ended; nothing while none has.
  const std::optional<PluginFailure>& last_ending() const { return last_ending_; }

 private:
  struct Watch {
    Signal wake;
    std::optional<std::string> ending;
  };
  Task<std::string> RunOnce(StopToken stop);

  SupervisorDeps deps_;
  const std::string name_;
  const ProcessSpec spec_;
  const std::string socket_;
  const PluginTimings timings_;
  Backoff backoff_;
  std::unique_ptr<PluginProcess> process_;
  int starts_ = 0;
  std::optional<PluginFailure> last_ending_;
};

}  // namespace instanced::plugin
