#include "controller/daemon/plugin_log.h"

namespace instanced {

void PluginLog::Ready(const std::string& plugin, const plugin::Greeting& greeting) {
  metrics_.Set(Metric::kPluginUp, {plugin}, 1);
  log_.Info("plugin is ready", {{"plugin", plugin},
                                {"calls_itself", greeting.name},
                                {"version", greeting.version},
                                {"scope", greeting.scope}});
  changed_(plugin);
}

void PluginLog::Lost(const std::string& plugin, const Error& why) {
  metrics_.Set(Metric::kPluginUp, {plugin}, 0);
  log_.Warning("plugin cannot be used", {{"plugin", plugin}, {"cause", why.message}});
}

void PluginLog::Started(const std::string& plugin, int pid) {
  metrics_.Count(Metric::kPluginStarts, {plugin});
  log_.Info("plugin's program was started", {{"plugin", plugin}, {"pid", pid}});
}

void PluginLog::Ended(const std::string& plugin, const std::string& how, Duration pause) {
  log_.Warning("plugin's program ended and will be started again",
               {{"plugin", plugin}, {"cause", how}, {"pause", pause}});
}

void PluginLog::Hopeless(const std::string& plugin) {
  log_.Warning("plugin's program is of no use and is started anew", {{"plugin", plugin}});
}

void PluginLog::Removed(const std::string& plugin) {
  metrics_.Set(Metric::kPluginUp, {plugin}, 0);
  log_.Info("plugin is configured no more; its instances stay as they are", {{"plugin", plugin}});
  changed_(plugin);
}

void PluginLog::Line(const std::string& plugin, const std::string& line) {
  log_.Info("plugin says", {{"plugin", plugin}, {"line", line}});
}

}  // namespace instanced
