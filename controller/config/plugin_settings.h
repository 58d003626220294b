// PluginSettings: how the daemon reaches one provider plugin, as it was configured.
// Threads: plain values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace instanced {

// The longest path of a unix socket: sockaddr_un::sun_path less its terminating zero.
inline constexpr std::size_t kSocketPathBytes = 107;

// PEM files; all three are needed.
struct PluginTls {
  std::filesystem::path ca;
  std::filesystem::path certificate;
  std::filesystem::path key;
  std::string server_name;  // empty: the address's host
  friend bool operator==(const PluginTls&, const PluginTls&) = default;
};

// Of a program that the daemon starts; nothing: as the daemon's own.
struct PluginLimits {
  std::optional<std::uint64_t> memory_bytes;
  std::optional<std::uint64_t> open_files;
  std::optional<std::uint64_t> cpu_seconds;
  friend bool operator==(const PluginLimits&, const PluginLimits&) = default;
};

// Has either an address or a command.
struct PluginSettings {
  std::string name;     // what spec.plugin of a PluginInstance says
  std::string address;  // "unix:/run/p.sock", or "host:port" with tls
  std::optional<PluginTls> tls;
  std::vector<std::string> command;  // the program's absolute path, then its arguments
  std::map<std::string, std::string> environment;
  PluginLimits limits;
  friend bool operator==(const PluginSettings&, const PluginSettings&) = default;
};

}  // namespace instanced
