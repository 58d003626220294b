// From the outside world to one Invocation: what this run of `instanced` is asked to do.
//
// Precedence: flag, then INSTANCED_ variable, then configuration file, then default. Pure: the
// environment and the reader of files are arguments. All problems are told at once.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "controller/config/config.h"

namespace instanced {

struct RunDaemon {
  Config config;
};
struct ValidateManifests {
  std::filesystem::path directory;
};
// Ask a running daemon's /healthz and exit 0 or 1: a container's health check.
struct AskHealth {
  ListenAddress address;
};
// Check a provider plugin against the contract.
struct CheckConformance {
  std::string address;  // "unix:/path", "host:port"
  std::optional<PluginTls> tls;
  std::filesystem::path example;    // a JSON file with one or two forProvider; empty: the schema's
  std::filesystem::path junit;      // empty: none is written
  std::vector<std::string> checks;  // empty: all
  std::chrono::nanoseconds call_limit = std::chrono::seconds(10);
  std::chrono::nanoseconds wait = std::chrono::seconds(10);  // for the plugin to come up
};
struct ShowVersion {};
struct ShowHelp {
  std::string text;
};
using Invocation =
    std::variant<RunDaemon, ValidateManifests, AskHealth, CheckConformance, ShowVersion, ShowHelp>;

// Each problem is one line for people and says where the wrong value came from.
struct ConfigError {
  std::vector<std::string> problems;
};

// The content of a file, or why it cannot be read.
using FileReader = std::function<std::expected<std::string, std::string>(const std::string& path)>;

// `arguments` are those after the program's name.
std::expected<Invocation, ConfigError> ParseCommandLine(
    std::span<const std::string> arguments, const std::map<std::string, std::string>& environment,
    const FileReader& read_file);

// Reads from the file system, at most 1 MiB.
std::expected<std::string, std::string> ReadSmallFile(const std::string& path);

}  // namespace instanced
