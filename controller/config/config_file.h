// The optional configuration file: a flat YAML mapping of flag names to values.
//
//   manifests: /etc/instanced/manifests
//   drain-timeout: 1m
#pragma once

#include <expected>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace instanced {

// The one key whose value may be a list; its items are read by plugins_file.h.
inline constexpr std::string_view kPluginsKey = "plugins";

struct FileValue {
  std::string text;
  std::string place;  // "instanced.yaml:3:16", for messages
};
using FileValues = std::map<std::string, FileValue>;

// `known` are the keys that may occur. All problems are returned at once, each beginning with
// file:line:column. An empty file is an empty mapping.
std::expected<FileValues, std::vector<std::string>> ParseConfigFile(
    const std::string& file_name, const std::string& text, const std::vector<std::string>& known);

}  // namespace instanced
