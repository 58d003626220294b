#include "controller/provider/plugin/plugin_supervisor.h"

#include <filesystem>
#include <utility>

#include "controller/task/sleep.h"

namespace instanced::plugin {

PluginSupervisor::PluginSupervisor(SupervisorDeps deps, std::string name, ProcessSpec spec,
                                   std::string socket, PluginTimings timings)
    : deps_(std::move(deps)),
      name_(std::move(name)),
      spec_(std::move(spec)),
      socket_(std::move(socket)),
      timings_(timings),
      backoff_({.least = std::chrono::milliseconds(200)}) {}

Task<void> PluginSupervisor::Run(StopToken stop) {
  const ObjectKey key{Kind::kPluginInstance, "", name_};
  while (!stop.StopRequested()) {
    const auto begun = deps_.clock.Now();
    auto running = RunOnce(stop);
    const std::string how = co_await running;
    if (stop.StopRequested()) break;
    if (deps_.clock.Now() - begun >= timings_.proven_after) backoff_.Forget(key);
    const Duration pause = backoff_.Next(key, deps_.random);
    last_ending_ = PluginFailure{"its program: " + how, deps_.clock.WallNow()};
    deps_.on_end(how, pause);
    SleepUntil sleeping(deps_.clock.Now() + pause, stop);
    co_await sleeping;
  }
}

Task<std::string> PluginSupervisor::RunOnce(StopToken stop) {
  std::error_code ignored;
  std::filesystem::remove(socket_, ignored);
  const auto watch = std::make_shared<Watch>();
  auto started = PluginProcess::Start(spec_, deps_.clock,
                                      {deps_.on_line,
                                       [watch](std::string how) {
                                         watch->ending = std::move(how);
                                         watch->wake.Notify();
                                       },
                                       deps_.post});
  if (!started) co_return started.error().message;
  process_ = *std::move(started);
  ++starts_;
  deps_.on_start(process_->pid());
  const auto stopping = stop.OnStop([this, watch] {
    process_->Terminate();
    watch->wake.Notify();
  });
  std::optional<MonotonicTime> give_up;
  while (!watch->ending) {
    if (stop.StopRequested() && !give_up) give_up = deps_.clock.Now() + timings_.grace;
    if (give_up && deps_.clock.Now() >= *give_up) {
      process_->Kill();
      give_up = deps_.clock.Now() + timings_.grace;
    }
    auto waiting = watch->wake.Wait(give_up);
    co_await waiting;
  }
  process_.reset();
  std::filesystem::remove(socket_, ignored);
  co_return *watch->ending;
}

std::optional<int> PluginSupervisor::pid() const {
  if (!process_) return std::nullopt;
  return process_->pid();
}

void PluginSupervisor::Restart() {
  if (process_) process_->Kill();
}

}  // namespace instanced::plugin
