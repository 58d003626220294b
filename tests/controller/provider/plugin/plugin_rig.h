// A session and a provider over a real test plugin on a unix socket, on a real loop.
#pragma once

#include <memory>
#include <string>

#include "controller/provider/plugin/grpc_transport.h"
#include "controller/provider/plugin/plugin_connector.h"
#include "controller/task/loop.h"
#include "controller/task/sleep.h"
#include "tests/fakes/temp_directory/temp_directory.h"
#include "tests/fakes/test_plugin/test_plugin.h"

namespace instanced::plugin {

// Lets every call pass, and counts.
class OpenGates final : public GateSource, public CallGate {
 public:
  CallGate& GateFor(const Domain& domain) override {
    domain_ = domain;
    return *this;
  }
  Result<void> Enter(const CallContext&, std::string_view) override {
    ++entered;
    return {};
  }
  void Leave(const CallContext&, std::string_view, const CallOutcome& outcome) override {
    ++left;
    last_class = outcome.error_class;
  }
  int entered = 0;
  int left = 0;
  std::optional<ErrorClass> last_class;
  Domain domain_;
};

class RecordedEvents final : public PluginEvents {
 public:
  void Ready(const std::string&, const Greeting&) override { ++ready; }
  void Lost(const std::string&, const Error&) override { ++lost; }
  void Started(const std::string&, int started_pid) override {
    ++started;
    pid = started_pid;
  }
  void Ended(const std::string&, const std::string& how, Duration) override {
    ++ended;
    last_ending = how;
  }
  void Hopeless(const std::string&) override { ++hopeless; }
  void Removed(const std::string& name) override { removed.push_back(name); }
  void Line(const std::string&, const std::string& line) override {
    const std::lock_guard lock(mutex);
    lines.push_back(line);
  }
  int ready = 0, lost = 0, started = 0, ended = 0, hopeless = 0, pid = 0;
  std::string last_ending;
  std::vector<std::string> removed;
  std::mutex mutex;
  std::vector<std::string> lines;
};

struct PluginRig {
  explicit PluginRig(std::vector<PluginSpec> specs, PluginTimings timings = Fast())
      : loop(clock),
        group(std::make_unique<TaskGroup>(loop)),
        random(7),
        connector(std::make_unique<PluginConnector>(
            PluginDeps{
                clock, random, gates, events,
                [this](std::function<void()> work) { loop.PostFromAnyThread(std::move(work)); },
                [](const ObjectKey&) { return std::int64_t{1}; }, "test", timings},
            std::move(specs))) {
    connector->Start([this](Task<void> task) { group->Spawn(std::move(task)); }, stop.token());
  }
  ~PluginRig() {
    stop.RequestStop();
    const auto give_up = clock.Now() + std::chrono::seconds(10);
    loop.RunUntil([&] { return group->size() == 0 || clock.Now() > give_up; });
  }

  static PluginTimings Fast() {
    PluginTimings timings;
    timings.health_interval = std::chrono::milliseconds(100);
    timings.retry_pause = std::chrono::milliseconds(30);
    timings.health_timeout = std::chrono::milliseconds(1500);
    return timings;
  }

  // Runs the loop until it holds; false after `limit`.
  bool Until(const std::function<bool()>& done, Duration limit = std::chrono::seconds(20)) {
    const auto give_up = clock.Now() + limit;
    TaskGroup ticking(loop);
    StopSource ticks;
    ticking.Spawn(Tick(&clock, ticks.token()));
    loop.RunUntil([&] { return done() || clock.Now() > give_up; });
    ticks.RequestStop();
    loop.RunUntil([&] { return ticking.size() == 0; });
    return done();
  }
  static Task<void> Tick(const Clock* clock, StopToken stop) {
    while (!stop.StopRequested()) {
      SleepUntil sleeping(clock->Now() + std::chrono::milliseconds(10), stop);
      co_await sleeping;
    }
  }

  bool IsThere(const std::string& name) { return connector->Connect(name).has_value(); }
  CallContext Context(Duration limit = std::chrono::seconds(5)) {
    CallContext context;
    context.key = {Kind::kPluginInstance, "default", "one"};
    context.deadline = clock.Now() + limit;
    context.trace = std::make_shared<CallTrace>();
    return context;
  }
  template <class T>
  T Do(Task<T> task) {
    return RunBlocking(loop, std::move(task));
  }
  // The connected provider; the plugin must be there.
  std::shared_ptr<InstanceProvider> Provider(const std::string& name) {
    return connector->Connect(name)->provider;
  }

  SystemClock clock;
  Loop loop;
  std::unique_ptr<TaskGroup> group;
  StopSource stop;
  SeededRandom random;
  OpenGates gates;
  RecordedEvents events;
  std::unique_ptr<PluginConnector> connector;
};

inline PluginSpec SpecAt(const std::string& name, const std::string& address) {
  PluginSpec spec;
  spec.name = name;
  spec.target.address = address;
  return spec;
}

inline CreateInput BoxInput(const std::string& name, const std::string& token) {
  CreateInput input;
  input.parameters = {{"name", name}, {"size", 3}};
  input.mark.owner_value = "owner/PluginInstance/default/" + name;
  input.mark.uid = "uid-" + name;
  input.token = token;
  return input;
}

}  // namespace instanced::plugin
