#include "controller/provider/plugin/plugin_connector.h"

#include <utility>

#include "controller/provider/plugin/plugin_provider.h"

namespace instanced::plugin {
namespace {

std::string SocketOf(const ChannelTarget& target) {
  constexpr std::string_view kScheme = "unix:";
  return target.address.starts_with(kScheme) ? target.address.substr(kScheme.size())
                                             : std::string();
}

}  // namespace

struct PluginConnector::Plugin {
  std::string name;
  std::unique_ptr<PluginSession> session;
  std::unique_ptr<PluginSupervisor> supervisor;  // nothing: somebody else runs it
  // The connection that was made from these facts.
  std::shared_ptr<const PluginFacts> connected;
  Connection connection;
};

PluginConnector::PluginConnector(PluginDeps deps, std::vector<PluginSpec> specs)
    : deps_(std::move(deps)), grpc_(deps_.clock, deps_.post) {
  for (auto& spec : specs) {
    auto name = spec.name;
    plugins_.emplace(std::move(name), Build(std::move(spec)));
  }
}

PluginConnector::~PluginConnector() = default;

std::unique_ptr<PluginConnector::Plugin> PluginConnector::Build(PluginSpec spec) {
  auto plugin = std::make_unique<Plugin>();
  auto* self = plugin.get();
  auto& events = deps_.events;
  const auto& name = spec.name;
  plugin->name = name;
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

void PluginConnector::Start(const std::function<void(Task<void>)>& spawn, const StopToken& stop) {
  for (const auto& [name, plugin] : plugins_) {
    if (plugin->supervisor) spawn(plugin->supervisor->Run(stop));
    spawn(plugin->session->Run(stop));
  }
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
    plugin.connection = Connection{
        std::move(domain), AccountVerified{name},
        std::make_shared<PluginProvider>(*plugin.session, gate, facts->schema, deps_.attempt_of),
        facts->schema};
    plugin.connected = facts;
  }
  return plugin.connection;
}

std::vector<std::string> PluginConnector::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, plugin] : plugins_) names.push_back(name);
  return names;
}

}  // namespace instanced::plugin
