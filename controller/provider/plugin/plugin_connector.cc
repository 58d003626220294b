#include "controller/provider/plugin/plugin_connector.h"

#include <algorithm>
#include <utility>

#include "controller/provider/plugin/plugin_provider.h"

namespace instanced::plugin {
namespace {

std::string SocketOf(const ChannelTarget& target) {
  constexpr std::string_view kScheme = "unix:";
  return target.address.starts_with(kScheme) ? target.address.substr(kScheme.size())
                                             : std::string();
}

// That nobody answers is what follows from a program's end, and tells less.
bool Follows(const PluginFailure& failure, const PluginFailure& ending) {
  constexpr Duration kAtOnce = std::chrono::seconds(10);
  return failure.message.starts_with("Unavailable") && failure.at < ending.at + kAtOnce;
}

}  // namespace

struct PluginConnector::Plugin {
  explicit Plugin(PluginSpec configured) : spec(std::move(configured)) {}

  const PluginSpec spec;
  std::unique_ptr<PluginSession> session;
  std::unique_ptr<PluginSupervisor> supervisor;  // nothing: somebody else runs it
  StopSource stop;
  enum class Stage { kBuilt, kRunning, kEnded } stage = Stage::kBuilt;
  Signal end;
  // The connection that was made from these facts.
  std::shared_ptr<const PluginFacts> connected;
  Connection connection;
};

// What a connection keeps alive: calls may be under way when the plugin is taken off the list.
struct PluginConnector::Connected {
  std::shared_ptr<Plugin> plugin;
  PluginProvider provider;
};

PluginConnector::PluginConnector(PluginDeps deps, std::vector<PluginSpec> specs)
    : deps_(std::move(deps)), grpc_(deps_.clock, deps_.post) {
  Configure(std::move(specs));
}

// A plugin and its own connection keep each other.
PluginConnector::~PluginConnector() {
  for (const auto& [name, plugin] : plugins_) plugin->connection = {};
}

void PluginConnector::Configure(std::vector<PluginSpec> specs) {
  std::map<std::string, std::shared_ptr<Plugin>> before;
  before.swap(plugins_);
  for (auto& spec : specs) {
    const auto name = spec.name;
    const auto old = before.find(name);
    const bool same = old != before.end() && old->second->spec == spec;
    plugins_.emplace(name, same ? old->second : Build(std::move(spec)));
    if (same) before.erase(old);
  }
  for (const auto& [name, plugin] : before) {
    plugin->stop.RequestStop();
    plugin->connection = {};
    if (plugin->stage == Plugin::Stage::kRunning) leaving_[name] = plugin;
  }
  for (const auto& [name, plugin] : plugins_) Run(plugin);
  for (const auto& [name, plugin] : before) {
    if (!plugins_.contains(name)) deps_.events.Removed(name);
  }
}

std::shared_ptr<PluginConnector::Plugin> PluginConnector::Build(PluginSpec configured) {
  auto plugin = std::make_shared<Plugin>(std::move(configured));
  auto* self = plugin.get();
  auto& events = deps_.events;
  const auto& spec = plugin->spec;
  const auto& name = spec.name;
  if (spec.process) {
    plugin->supervisor = std::make_unique<PluginSupervisor>(
        SupervisorDeps{deps_.clock, deps_.random, deps_.post,
                       [&events, name](const std::string& line) { events.Line(name, line); },
                       [&events, name](int pid) { events.Started(name, pid); },
                       [&events, name](const std::string& how, Duration pause) {
                         events.Ended(name, how, pause);
                       }},
        name, *spec.process, SocketOf(spec.target), deps_.timings);
  }
  plugin->session = std::make_unique<PluginSession>(
      deps_.clock, name, deps_.daemon_version, grpc_.Open(spec.target), deps_.timings,
      SessionHooks{
          [&events, name](const PluginFacts& facts) { events.Ready(name, facts.greeting); },
          [&events, name](const Error& why) { events.Lost(name, why); },
          [&events, name, self] {
            if (!self->supervisor) return;
            events.Hopeless(name);
            self->supervisor->Restart();
          }});
  return plugin;
}

void PluginConnector::Start(std::function<void(Task<void>)> spawn, const StopToken& stop) {
  spawn_ = std::move(spawn);
  stop_ = stop;
  stopping_ = stop.OnStop([this] {
    for (const auto& [name, plugin] : plugins_) plugin->stop.RequestStop();
  });
  for (const auto& [name, plugin] : plugins_) Run(plugin);
}

void PluginConnector::Run(const std::shared_ptr<Plugin>& plugin) {
  if (!spawn_ || stop_.StopRequested() || plugin->stage != Plugin::Stage::kBuilt) return;
  plugin->stage = Plugin::Stage::kRunning;
  auto before = leaving_.extract(plugin->spec.name);
  spawn_(KeepRunning(plugin, before.empty() ? nullptr : std::move(before.mapped())));
}

Task<void> PluginConnector::KeepRunning(std::shared_ptr<Plugin> plugin,
                                        std::shared_ptr<Plugin> before) {
  while (before && before->stage == Plugin::Stage::kRunning) {
    auto waiting = before->end.Wait(std::nullopt);
    co_await waiting;
  }
  before.reset();
  const auto stop = plugin->stop.token();
  if (!stop.StopRequested()) spawn_(Greet(plugin));
  if (plugin->supervisor) {
    auto running = plugin->supervisor->Run(stop);
    co_await running;
  }
  plugin->stage = Plugin::Stage::kEnded;
  plugin->end.Notify();
}

Task<void> PluginConnector::Greet(std::shared_ptr<Plugin> plugin) {
  auto running = plugin->session->Run(plugin->stop.token());
  co_await running;
}

Result<Connection> PluginConnector::Connect(const std::string& name) {
  const auto it = plugins_.find(name);
  if (it == plugins_.end()) {
    std::string known;
    for (const auto& [other, plugin] : plugins_) known += (known.empty() ? "" : ", ") + other;
    return Fail(ErrorClass::kValidation, "NoSuchPlugin",
                "spec.plugin: this daemon knows no plugin " + name + "; " +
                    (known.empty() ? "none is configured (instanced run --plugins)"
                                   : "configured: " + known));
  }
  Plugin& plugin = *it->second;
  const auto facts = plugin.session->facts();
  if (!facts) return std::unexpected(plugin.session->why());
  if (plugin.connected != facts) {
    Domain domain{std::string(TraitsOf(Kind::kPluginInstance).service), name,
                  facts->greeting.scope};
    CallGate& gate = deps_.gates.GateFor(domain);
    const auto connected = std::make_shared<Connected>(
        it->second, PluginProvider(*plugin.session, gate, facts->schema, deps_.attempt_of));
    plugin.connection = Connection{
        std::move(domain), AccountVerified{name},
        std::shared_ptr<InstanceProvider>(connected, &connected->provider), facts->schema};
    plugin.connected = facts;
  }
  return plugin.connection;
}

PluginStatus PluginConnector::StatusOf(const Plugin& plugin) {
  PluginStatus status;
  status.name = plugin.spec.name;
  status.address = plugin.spec.target.address;
  status.facts = plugin.session->facts();
  status.since = plugin.session->since();
  status.last_failure = plugin.session->last_failure();
  bool pausing = false;
  if (plugin.supervisor) {
    const auto& command = plugin.spec.process->command;
    status.program = command.front();
    status.arguments = static_cast<int>(command.size()) - 1;
    status.pid = plugin.supervisor->pid();
    status.restarts = std::max(plugin.supervisor->starts() - 1, 0);
    const auto& ending = plugin.supervisor->last_ending();
    pausing = !status.pid && ending.has_value();
    if (ending && (pausing || !status.last_failure || Follows(*status.last_failure, *ending))) {
      status.last_failure = ending;
    }
  }
  if (status.facts) {
    status.state = PluginState::kUp;
    return status;
  }
  const auto& why = plugin.session->why();
  const bool refused = why.error_class == ErrorClass::kTerminal;
  status.state = pausing   ? PluginState::kBackingOff
                 : refused ? PluginState::kRefused
                           : PluginState::kConnecting;
  status.why = status.last_failure ? status.last_failure->message : "it has not answered yet";
  return status;
}

std::vector<PluginStatus> PluginConnector::Statuses() const {
  std::vector<PluginStatus> statuses;
  for (const auto& [name, plugin] : plugins_) statuses.push_back(StatusOf(*plugin));
  return statuses;
}

std::vector<std::string> PluginConnector::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, plugin] : plugins_) names.push_back(name);
  return names;
}

}  // namespace instanced::plugin
