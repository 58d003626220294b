// PluginStatus: how one plugin stands, for people. Nothing of its environment, its arguments or its
// keys is in it. Threads: plain values.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "controller/clock/clock.h"
#include "controller/provider/plugin/plugin_session.h"

namespace instanced::plugin {

enum class PluginState {
  kConnecting,  // not usable: nobody answers there, or not yet, or too late
  kUp,
  kBackingOff,  // not usable: its program ended, and is started again after a pause
  kRefused,     // not usable: it answers what the contract does not allow
};

struct PluginStatus {
  std::string name;
  std::string address;
  std::string program;     // the daemon starts it; empty: somebody else does
  int arguments = 0;       // how many the program is given
  std::optional<int> pid;  // of the program that runs
  int restarts = 0;
  PluginState state = PluginState::kConnecting;
  std::string why;                           // why it is not up; empty while it is
  WallTime since;                            // when it was last found usable, or not usable
  std::shared_ptr<const PluginFacts> facts;  // while it is up
  std::optional<PluginFailure> last_failure;
};

}  // namespace instanced::plugin
