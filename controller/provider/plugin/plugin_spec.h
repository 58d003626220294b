// PluginSpec: how one plugin is reached, as the daemon was configured.
// Threads: plain values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/provider/plugin/grpc_transport.h"

namespace instanced::plugin {

// Resource limits of a plugin that the daemon starts; nothing: as the daemon's own.
struct ProcessLimits {
  std::optional<std::uint64_t> memory_bytes;  // address space
  std::optional<std::uint64_t> open_files;
  std::optional<std::uint64_t> cpu_seconds;
  friend bool operator==(const ProcessLimits&, const ProcessLimits&) = default;
};

// A program to start; its address is the target's.
struct ProcessSpec {
  std::vector<std::string> command;                // the program's path, then its arguments
  std::map<std::string, std::string> environment;  // all of it
  ProcessLimits limits;
  friend bool operator==(const ProcessSpec&, const ProcessSpec&) = default;
};

struct PluginSpec {
  std::string name;
  ChannelTarget target;
  std::optional<ProcessSpec> process;  // nothing: somebody else starts it
  friend bool operator==(const PluginSpec&, const PluginSpec&) = default;
};

}  // namespace instanced::plugin
