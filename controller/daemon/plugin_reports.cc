#include "controller/daemon/plugin_reports.h"

#include <map>
#include <utility>

namespace instanced {
namespace {

PluginReport::State StateOf(plugin::PluginState state) {
  switch (state) {
    case plugin::PluginState::kConnecting:
      return PluginReport::State::kConnecting;
    case plugin::PluginState::kUp:
      return PluginReport::State::kUp;
    case plugin::PluginState::kBackingOff:
      return PluginReport::State::kBackingOff;
    case plugin::PluginState::kRefused:
      return PluginReport::State::kRefused;
  }
  std::unreachable();
}

void AddFacts(const plugin::PluginFacts& facts, PluginReport& report) {
  report.protocol_version = plugin::kProtocolVersion;
  report.calls_itself = facts.greeting.name;
  report.version = facts.greeting.version;
  report.scope = facts.greeting.scope;
  if (facts.greeting.updates == plugin::Updates::kSupported) report.capabilities = {"UPDATE"};
  report.calls_max = facts.greeting.calls_max;
  report.schema_sha256 = facts.schema->digest();
}

}  // namespace

std::vector<PluginReport> PluginReportsOf(const plugin::PluginConnector& plugins,
                                          const ObjectCache& cache) {
  std::map<std::string, int> objects;
  cache.ForEachInstance([&](const InstanceView& object) {
    if (!object.spec.plugin.empty()) ++objects[object.spec.plugin.ToString()];
  });
  std::vector<PluginReport> reports;
  for (auto& status : plugins.Statuses()) {
    PluginReport report;
    report.objects = objects[status.name];
    report.name = std::move(status.name);
    report.address = std::move(status.address);
    report.program = std::move(status.program);
    report.arguments = status.arguments;
    report.pid = status.pid;
    report.restarts = status.restarts;
    report.state = StateOf(status.state);
    report.why = std::move(status.why);
    report.since = status.since;
    if (status.facts) AddFacts(*status.facts, report);
    if (status.last_failure) {
      report.last_error = std::move(status.last_failure->message);
      report.last_error_at = status.last_failure->at;
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace instanced
