#include "controller/config/plugins_file.h"

#include <algorithm>
#include <charconv>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include <yaml-cpp/yaml.h>

#include "controller/config/nearest.h"

namespace instanced {
namespace {

constexpr std::string_view kUnix = "unix:";

bool IsName(std::string_view text) {
  const auto inner = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  };
  return !text.empty() && text.size() <= 63 && std::ranges::all_of(text, inner) &&
         text.front() != '-' && text.back() != '-';
}

bool IsHostAndPort(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  const auto port = text.substr(colon + 1);
  int number = 0;
  const auto [end, failure] = std::from_chars(port.data(), port.data() + port.size(), number);
  return failure == std::errc() && end == port.data() + port.size() && number > 0 && number < 65536;
}

std::optional<std::uint64_t> ParseSize(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || number == 0 || number > (1ULL << 40)) return std::nullopt;
  const std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  if (unit == "KiB") return number << 10;
  if (unit == "MiB") return number << 20;
  if (unit == "GiB" && number < (1ULL << 20)) return number << 30;
  return std::nullopt;
}

class PluginReader {
 public:
  explicit PluginReader(const std::string& file_name)
      : file_(file_name), folder_(std::filesystem::path(file_name).parent_path()) {}

  std::vector<PluginSettings> ReadList(const YAML::Node& list) {
    std::vector<PluginSettings> plugins;
    if (!list.IsSequence()) {
      Add(list, "plugins: want a list");
      return plugins;
    }
    std::set<std::string> names;
    for (const auto& item : list) {
      auto plugin = ReadOne(item);
      if (!plugin.name.empty() && !names.insert(plugin.name).second) {
        Add(item, "plugins: the name " + plugin.name + " is given twice");
      }
      plugins.push_back(std::move(plugin));
    }
    return plugins;
  }

  std::vector<std::string>& problems() { return problems_; }

 private:
  void Add(const YAML::Node& node, const std::string& what) {
    const auto mark = node.Mark();
    problems_.push_back(file_ + ":" + std::to_string(mark.line + 1) + ":" +
                        std::to_string(mark.column + 1) + ": " + what);
  }

  bool CheckKeys(const YAML::Node& map, const std::string& what,
                 const std::vector<std::string>& known) {
    if (!map.IsMap()) {
      Add(map, what + ": want a mapping");
      return false;
    }
    for (const auto& entry : map) {
      const auto key = entry.first.IsScalar() ? entry.first.Scalar() : std::string();
      if (std::ranges::find(known, key) != known.end()) continue;
      const auto near = NearestWord(key, known);
      Add(entry.first,
          what + ": unknown key " + key + (near.empty() ? "" : "; did you mean " + near + "?"));
    }
    return true;
  }

  std::string Text(const YAML::Node& map, const char* key, const std::string& what) {
    const auto node = map[key];
    if (!node) return {};
    if (node.IsScalar() && !node.Scalar().empty()) return node.Scalar();
    Add(node, what + "." + key + ": want a text");
    return {};
  }

  std::filesystem::path Path(const YAML::Node& map, const char* key, const std::string& what) {
    const std::filesystem::path path = Text(map, key, what);
    if (path.empty()) {
      Add(map, what + ": needs " + key + ", a file");
      return path;
    }
    return path.is_absolute() ? path : folder_ / path;
  }

  void ReadTls(const YAML::Node& node, PluginSettings& plugin) {
    const std::string what = "plugins.tls";
    if (!CheckKeys(node, what, {"ca", "certificate", "key", "serverName"})) return;
    plugin.tls = PluginTls{Path(node, "ca", what), Path(node, "certificate", what),
                           Path(node, "key", what), Text(node, "serverName", what)};
  }

  void ReadAddress(const YAML::Node& item, PluginSettings& plugin) {
    plugin.address = Text(item, "address", "plugins");
    if (const auto tls = item["tls"]) ReadTls(tls, plugin);
    if (plugin.address.empty()) return;
    const auto node = item["address"];
    if (plugin.address.starts_with(kUnix)) {
      const auto path = plugin.address.substr(kUnix.size());
      if (!path.starts_with("/") || path.size() > kSocketPathBytes) {
        Add(node, "plugins.address: want unix: and an absolute path of 107 bytes at most, not " +
                      plugin.address);
      }
      if (plugin.tls) Add(item, "plugins: a unix socket needs no tls");
    } else if (!IsHostAndPort(plugin.address)) {
      Add(node, "plugins.address: want unix:/PATH or HOST:PORT, not " + plugin.address);
    } else if (!plugin.tls) {
      Add(item, "plugins: " + plugin.address +
                    " needs tls, with ca, certificate and key: over TCP both sides prove who "
                    "they are");
    }
  }

  void ReadCommand(const YAML::Node& node, PluginSettings& plugin) {
    if (!node.IsSequence() || node.size() == 0) {
      Add(node, "plugins.command: want a list, the program's path first");
      return;
    }
    for (const auto& word : node) {
      if (!word.IsScalar()) {
        Add(word, "plugins.command: want texts");
        return;
      }
      plugin.command.push_back(word.Scalar());
    }
    const std::filesystem::path program = plugin.command.front();
    if (!program.is_absolute()) {
      Add(node, "plugins.command: want the program's absolute path, not " + program.string());
    }
  }

  void ReadEnvironment(const YAML::Node& node, PluginSettings& plugin) {
    if (!node.IsMap()) {
      Add(node, "plugins.environment: want a mapping of names to texts");
      return;
    }
    for (const auto& entry : node) {
      if (!entry.first.IsScalar() || !entry.second.IsScalar()) {
        Add(entry.first, "plugins.environment: want a mapping of names to texts");
      } else {
        plugin.environment[entry.first.Scalar()] = entry.second.Scalar();
      }
    }
  }

  std::optional<std::uint64_t> Count(const YAML::Node& map, const char* key) {
    const auto node = map[key];
    if (!node) return std::nullopt;
    const auto text = node.IsScalar() ? node.Scalar() : std::string();
    std::uint64_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (failure == std::errc() && end == text.data() + text.size() && number > 0) return number;
    Add(node, std::string("plugins.limits.") + key + ": want a whole number, 1 or more");
    return std::nullopt;
  }

  void ReadLimits(const YAML::Node& node, PluginSettings& plugin) {
    if (!CheckKeys(node, "plugins.limits", {"memory", "openFiles", "cpuSeconds"})) return;
    if (const auto memory = node["memory"]) {
      plugin.limits.memory_bytes = ParseSize(memory.IsScalar() ? memory.Scalar() : "");
      if (!plugin.limits.memory_bytes) {
        Add(memory, "plugins.limits.memory: want a size such as 256MiB or 2GiB");
      }
    }
    plugin.limits.open_files = Count(node, "openFiles");
    plugin.limits.cpu_seconds = Count(node, "cpuSeconds");
  }

  PluginSettings ReadOne(const YAML::Node& item) {
    PluginSettings plugin;
    if (!CheckKeys(item, "plugins",
                   {"name", "address", "tls", "command", "environment", "limits"})) {
      return plugin;
    }
    plugin.name = Text(item, "name", "plugins");
    if (!IsName(plugin.name)) {
      Add(item, "plugins: needs a name of 1 to 63 lower-case letters, digits and '-'");
    }
    ReadAddress(item, plugin);
    if (const auto command = item["command"]) ReadCommand(command, plugin);
    if (const auto environment = item["environment"]) ReadEnvironment(environment, plugin);
    if (const auto limits = item["limits"]) ReadLimits(limits, plugin);
    const bool started = static_cast<bool>(item["command"]);
    if (started == static_cast<bool>(item["address"])) {
      Add(item, "plugins: " + plugin.name + " needs either an address or a command");
    } else if (!started && (item["environment"] || item["limits"])) {
      Add(item, "plugins: environment and limits are for a command; " + plugin.name +
                    " is started by somebody else");
    }
    return plugin;
  }

  const std::string file_;
  const std::filesystem::path folder_;
  std::vector<std::string> problems_;
};

}  // namespace

std::expected<std::vector<PluginSettings>, std::vector<std::string>> ParsePlugins(
    const std::string& file_name, const std::string& text) {
  PluginReader reader(file_name);
  try {
    const auto root = YAML::Load(text);
    if (root.IsNull()) return std::vector<PluginSettings>{};
    if (!root.IsMap()) return std::unexpected(std::vector{file_name + ": want a mapping"});
    const auto list = root["plugins"];
    if (!list || list.IsScalar()) return std::vector<PluginSettings>{};
    auto plugins = reader.ReadList(list);
    if (!reader.problems().empty()) return std::unexpected(std::move(reader.problems()));
    return plugins;
  } catch (const YAML::Exception& problem) {
    return std::unexpected(std::vector{file_name + ":" + std::to_string(problem.mark.line + 1) +
                                       ":" + std::to_string(problem.mark.column + 1) + ": " +
                                       problem.msg});
  }
}

}  // namespace instanced
