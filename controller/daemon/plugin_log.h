// PluginLog: what happens to plugins, as log lines and metrics; tells who must look again.
// Threads: the loop's, but Line. Ownership: what the constructor is given outlives it.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "controller/provider/plugin/plugin_connector.h"
#include "controller/telemetry/log.h"
#include "controller/telemetry/metrics.h"

namespace instanced {

class PluginLog final : public plugin::PluginEvents {
 public:
  using Changed = std::function<void(const std::string& plugin)>;
  PluginLog(const Log& log, Metrics& metrics, Changed changed)
      : log_(log), metrics_(metrics), changed_(std::move(changed)) {}
  void Ready(const std::string& plugin, const plugin::Greeting& greeting) override;
  void Lost(const std::string& plugin, const Error& why) override;
  void Started(const std::string& plugin, int pid) override;
  void Ended(const std::string& plugin, const std::string& how, Duration pause) override;
  void Hopeless(const std::string& plugin) override;
  void Removed(const std::string& plugin) override;
  void Line(const std::string& plugin, const std::string& line) override;

 private:
  const Log& log_;
  Metrics& metrics_;
  Changed changed_;
};

}  // namespace instanced
