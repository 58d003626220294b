// PluginConnector: every configured plugin, each behind a wall of its own.
//
// Start() begins to greet them, and starts and supervises the programs among them. Connect() never
// waits: a plugin is there or it is not. Where it is not, the error says so and nothing is called;
// that its instances are gone is never concluded. The domain is ("plugin", name, scope), the
// account counts as verified: who may use the plugin is the plugin's business.
//
// Configure() puts another list in the place of the first: what is the same goes on untouched, what
// left or changed is stopped, and a program of the same name starts when the old one has ended.
//
// Threads: the loop's. Ownership: outlives its connections and every call; destroying it kills the
// programs that still run.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/provider/plugin/plugin_provider.h"
#include "controller/provider/plugin/plugin_session.h"
#include "controller/provider/plugin/plugin_spec.h"
#include "controller/provider/plugin/plugin_status.h"
#include "controller/provider/plugin/plugin_supervisor.h"
#include "controller/provider/registry.h"

namespace instanced::plugin {

// What happens to plugins, for log and metrics.
class PluginEvents {
 public:
  virtual ~PluginEvents() = default;
  virtual void Ready(const std::string& plugin, const Greeting& greeting) = 0;
  virtual void Lost(const std::string& plugin, const Error& why) = 0;
  virtual void Started(const std::string& plugin, int pid) = 0;
  virtual void Ended(const std::string& plugin, const std::string& how, Duration pause) = 0;
  virtual void Hopeless(const std::string& plugin) = 0;
  // It is not configured any more.
  virtual void Removed(const std::string& plugin) = 0;
  // A line the program wrote; from another thread.
  virtual void Line(const std::string& plugin, const std::string& line) = 0;
};

struct PluginDeps {
  const Clock& clock;
  Random& random;
  GateSource& gates;
  PluginEvents& events;
  std::function<void(std::function<void()>)> post;
  PluginProvider::AttemptOf attempt_of;
  std::string daemon_version;
  PluginTimings timings;
};

class PluginConnector {
 public:
  PluginConnector(PluginDeps deps, std::vector<PluginSpec> specs);
  ~PluginConnector();

  // The tasks end when `stop` is requested; the programs are stopped by then.
  void Start(std::function<void(Task<void>)> spawn, const StopToken& stop);
  // Connections of what left or changed stay valid for whoever has one.
  void Configure(std::vector<PluginSpec> specs);
  // Fails with Validation/NoSuchPlugin, or as long as the plugin cannot be used with Transient (or
  // Terminal: it breaks the contract) and code PluginUnavailable.
  Result<Connection> Connect(const std::string& name);
  std::vector<std::string> Names() const;
  // All of them, by name.
  std::vector<PluginStatus> Statuses() const;

 private:
  struct Plugin;
  struct Connected;
  static PluginStatus StatusOf(const Plugin& plugin);
  std::shared_ptr<Plugin> Build(PluginSpec spec);
  void Run(const std::shared_ptr<Plugin>& plugin);
  // Once `before`, which bore the same name and perhaps has the same socket, has ended.
  Task<void> KeepRunning(std::shared_ptr<Plugin> plugin, std::shared_ptr<Plugin> before);
  static Task<void> Greet(std::shared_ptr<Plugin> plugin);

  PluginDeps deps_;
  GrpcThread grpc_;
  std::map<std::string, std::shared_ptr<Plugin>> plugins_;
  // Stopped, and perhaps not ended yet: what comes next under the name waits for it.
  std::map<std::string, std::shared_ptr<Plugin>> leaving_;
  std::function<void(Task<void>)> spawn_;  // empty before Start
  StopToken stop_;
  StopRegistration stopping_;
};

}  // namespace instanced::plugin
