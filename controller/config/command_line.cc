#include "controller/config/command_line.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <utility>

#include "controller/clock/duration.h"
#include "controller/config/arguments.h"
#include "controller/config/config_file.h"
#include "controller/config/environment.h"
#include "controller/config/flags.h"
#include "controller/config/help.h"
#include "controller/config/plugins_file.h"

namespace instanced {
namespace {

using Environment = std::map<std::string, std::string>;
using Words = std::span<const std::string>;
using Parsed = std::expected<Invocation, ConfigError>;

constexpr std::size_t kSmallFileBytes = 1 << 20;

std::unexpected<ConfigError> Problem(std::string message) {
  return std::unexpected(ConfigError{{std::move(message)}});
}

std::expected<Arguments, ConfigError> Split(Words words, ArgumentRules rules) {
  auto split = SplitArguments(words, rules);
  if (!split) return std::unexpected(ConfigError{std::move(split.error())});
  return *std::move(split);
}

struct Origin {
  std::string text;
  std::string place;  // what a message calls it
};

std::optional<Origin> Find(const std::string& name, const Arguments& raw,
                           const Environment& environment, const FileValues& file) {
  if (const auto flag = raw.values.find(name); flag != raw.values.end()) {
    return Origin{flag->second, "--" + name};
  }
  if (raw.switches.contains(name)) return Origin{"yes", "--" + name};
  const std::string variable = VariableName(name);
  if (const auto found = environment.find(variable);
      found != environment.end() && !found->second.empty()) {
    return Origin{found->second, variable};
  }
  if (const auto found = file.find(name); found != file.end()) {
    return Origin{found->second.text, found->second.place + ": " + name};
  }
  return std::nullopt;
}

struct LoadedFile {
  FileValues values;
  std::string name;
  std::string text;
};

std::expected<LoadedFile, ConfigError> LoadFile(const Arguments& raw,
                                                const Environment& environment,
                                                const FileReader& read_file,
                                                const std::vector<std::string>& known) {
  const std::optional<Origin> origin = Find("config", raw, environment, {});
  if (!origin) return LoadedFile{};
  const auto text = read_file(origin->text);
  if (!text) {
    return Problem(origin->place + ": cannot read " + origin->text + ": " + text.error());
  }
  auto values = ParseConfigFile(origin->text, *text, known);
  if (!values) return std::unexpected(ConfigError{std::move(values.error())});
  return LoadedFile{*std::move(values), origin->text, *text};
}

void LoadPlugins(const LoadedFile& file, const FileReader& read_file, Config& config,
                 std::vector<std::string>& problems) {
  std::string name = file.name;
  std::string text = file.text;
  if (!config.plugins_file.empty()) {
    name = config.plugins_file.string();
    auto read = read_file(name);
    if (!read) {
      problems.push_back("--plugins: cannot read " + name + ": " + read.error());
      return;
    }
    text = *std::move(read);
  }
  auto plugins = ParsePlugins(name, text);
  if (plugins) {
    config.plugins = *std::move(plugins);
  } else {
    std::ranges::move(plugins.error(), std::back_inserter(problems));
  }
}

void CheckSockets(Config& config, std::vector<std::string>& problems) {
  if (config.plugin_directory.empty()) {
    config.plugin_directory = config.state_file;
    config.plugin_directory.replace_extension(".plugins");
  }
  for (const auto& plugin : config.plugins) {
    if (plugin.command.empty()) continue;
    const auto socket = (config.plugin_directory / (plugin.name + ".sock")).string();
    if (socket.size() <= kSocketPathBytes) continue;
    problems.push_back("--plugin-directory: " + socket +
                       " is longer than the 107 bytes a unix socket's path may have");
  }
}

bool IsLoopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

bool AsksForSecret(const HttpAccess& access) {
  return !access.basic_auth_file.empty() || !access.bearer_token_file.empty();
}

// `listener`: how its flags begin.
void CheckAccess(const std::string& listener, const HttpAccess& access,
                 std::vector<std::string>& problems) {
  const std::string flag = "--" + listener;
  if (access.tls_cert_file.empty() != access.tls_key_file.empty()) {
    problems.push_back(flag + "-tls-cert and " + flag + "-tls-key go together");
  }
  if (!access.basic_auth_file.empty() && !access.bearer_token_file.empty()) {
    problems.push_back(flag + "-basic-auth-file and " + flag +
                       "-bearer-token-file exclude each other");
  }
}

void CheckMetrics(const Config& config, std::vector<std::string>& problems) {
  CheckAccess("metrics", config.metrics_access, problems);
  // In a cluster the shipped network policy stands before the port.
  const bool reachable =
      config.metrics_address && !config.kubernetes && !IsLoopback(config.metrics_address->host);
  if (reachable && !AsksForSecret(config.metrics_access) &&
      config.metrics_beyond_loopback == BeyondLoopback::kGuarded) {
    problems.push_back("--metrics-address: " + ToString(*config.metrics_address) +
                       " can be reached from elsewhere: give --metrics-basic-auth-file or "
                       "--metrics-bearer-token-file, use a loopback address, or say --metrics-open "
                       "yes where a network policy guards it");
  }
}

// Stricter than /metrics: the page shows names, ids and messages, so its secret must not travel in
// the clear, in a cluster neither.
void CheckPage(const Config& config, std::vector<std::string>& problems) {
  const HttpAccess& access = config.page_access;
  CheckAccess("page", access, problems);
  if (!config.page_address || IsLoopback(config.page_address->host)) return;
  if (AsksForSecret(access) && !access.tls_cert_file.empty()) return;
  problems.push_back("--page-address: " + ToString(*config.page_address) +
                     " can be reached from elsewhere: give --page-tls-cert, --page-tls-key and "
                     "--page-basic-auth-file or --page-bearer-token-file, or use a loopback "
                     "address such as 127.0.0.1:8082 and a tunnel");
}

// Where kubectl and other operators look, in their order, when no flag says it.
void FindCluster(KubernetesAccess& access, const Environment& environment) {
  const auto variable = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  access.environment = environment;
  access.service_host = variable("KUBERNETES_SERVICE_HOST");
  access.service_port = variable("KUBERNETES_SERVICE_PORT");
  if (!access.kubeconfigs.empty()) return;
  std::istringstream paths(variable("KUBECONFIG"));
  for (std::string path; std::getline(paths, path, ':');) {
    if (!path.empty()) access.kubeconfigs.emplace_back(path);
  }
  const std::string home = variable("HOME");
  if (!access.kubeconfigs.empty() || !access.service_host.empty() || home.empty()) return;
  access.kubeconfigs.push_back(std::filesystem::path(home) / ".kube" / "config");
}

void CheckWhere(const Config& config, std::vector<std::string>& problems) {
  if (config.manifests.empty() && !config.kubernetes) {
    problems.push_back(
        "run needs --manifests DIR, the folder of the declared objects, or --kubernetes");
  }
  if (!config.manifests.empty() && config.kubernetes) {
    problems.push_back(
        "--manifests and --kubernetes (or --kubeconfig, --context, --namespace) exclude each "
        "other: objects are declared in one place");
  }
}

void CheckLease(const Config& config, std::vector<std::string>& problems) {
  const LeaseFigures& lease = config.lease;
  if (!config.kubernetes || lease.election == LeaderElection::kNo) return;
  if (lease.renew_deadline >= lease.duration) {
    problems.push_back("--lease-renew-deadline must be shorter than --lease-duration");
  }
  if (lease.retry * 2 > lease.renew_deadline) {
    problems.push_back("--lease-retry must be at most half of --lease-renew-deadline");
  }
  if (config.call_deadline + lease.retry * 2 > lease.duration) {
    problems.push_back(
        "--lease-duration must be at least --call-deadline plus twice --lease-retry: nothing is "
        "begun that might outlast the lease");
  }
}

void CheckTogether(Config& config, std::vector<std::string>& problems) {
  CheckWhere(config, problems);
  CheckLease(config, problems);
  if (config.admin_socket.empty()) {
    config.admin_socket = config.state_file;
    config.admin_socket.replace_extension(".sock");
  }
  if (config.admin_socket.string().size() > kSocketPathBytes) {
    problems.push_back("--admin-socket: " + config.admin_socket.string() +
                       " is longer than the 107 bytes a unix socket's path may have");
  }
  CheckMetrics(config, problems);
  CheckPage(config, problems);
  for (const auto& [path, flag] : {std::pair(&config.admin.certificate, "--admin-cert"),
                                   {&config.admin.private_key, "--admin-key"},
                                   {&config.admin.client_authority, "--admin-client-ca"}}) {
    if (config.admin.address && path->empty()) {
      problems.push_back("--admin-address needs " + std::string(flag) +
                         " FILE as well: on TCP both sides prove who they are");
    }
  }
  if (config.connect_timeout > config.call_deadline) {
    problems.push_back("--connect-timeout is longer than --call-deadline");
  }
}

Parsed ParseRun(Words words, const Environment& environment, const FileReader& read_file) {
  std::vector<std::string> file_keys;
  ArgumentRules rules;
  for (const Flag& flag : RunFlags()) {
    file_keys.emplace_back(flag.name);
    (flag.value.empty() ? rules.switches : rules.flags).emplace_back(flag.name);
  }
  rules.flags.emplace_back("config");

  const auto raw = Split(words, rules);
  if (!raw) return std::unexpected(raw.error());
  if (raw->switches.contains("help")) return ShowHelp{RunHelp()};
  const auto file = LoadFile(*raw, environment, read_file, file_keys);
  if (!file) return std::unexpected(file.error());

  Config config;
  ConfigError error;
  for (const Flag& flag : RunFlags()) {
    const auto origin = Find(std::string(flag.name), *raw, environment, file->values);
    if (!origin) continue;
    if (const auto set = flag.set(config, origin->text); !set) {
      error.problems.push_back(origin->place + ": " + set.error() + ", not \"" + origin->text +
                               "\"");
    }
  }
  LoadPlugins(*file, read_file, config, error.problems);
  CheckTogether(config, error.problems);
  CheckSockets(config, error.problems);
  if (!error.problems.empty()) return std::unexpected(std::move(error));
  if (config.kubernetes) FindCluster(*config.kubernetes, environment);
  config.environment = ProviderVariables(environment);
  config.proxy = ReadProxySettings(environment);
  return RunDaemon{std::move(config)};
}

Parsed ParseValidate(Words words) {
  const auto raw = Split(words, {.flags = {}, .positional_max = 1});
  if (!raw) return std::unexpected(raw.error());
  if (raw->switches.contains("help")) return ShowHelp{ValidateHelp()};
  if (raw->positionals.empty()) return Problem("validate needs DIR, the folder to check");
  return ValidateManifests{raw->positionals.front()};
}

Parsed ParseHealth(Words words, const Environment& environment) {
  const auto raw = Split(words, {.flags = {"health-address"}});
  if (!raw) return std::unexpected(raw.error());
  if (raw->switches.contains("help")) return ShowHelp{HealthHelp()};
  const auto origin = Find("health-address", *raw, environment, {});
  if (!origin) return AskHealth{*Config{}.health_address};
  auto address = ParseListenAddress(origin->text);
  if (!address) return Problem(origin->place + ": " + address.error());
  if (address->host.empty() || address->host == "0.0.0.0") address->host = "127.0.0.1";
  if (address->host == "::") address->host = "::1";
  return AskHealth{*std::move(address)};
}

Parsed ParseConformance(Words words) {
  const auto raw =
      Split(words, {.flags = {"example", "junit", "check", "call-limit", "wait", "tls-ca",
                              "tls-certificate", "tls-key", "tls-server-name"},
                    .positional_max = 1});
  if (!raw) return std::unexpected(raw.error());
  if (raw->switches.contains("help")) return ShowHelp{ConformanceHelp()};
  if (raw->positionals.empty()) return Problem("conformance needs ADDRESS, where the plugin is");
  const auto value = [&](const char* name) {
    const auto it = raw->values.find(name);
    return it == raw->values.end() ? std::string() : it->second;
  };
  CheckConformance check;
  check.address = raw->positionals.front();
  if (check.address.starts_with("/")) check.address.insert(0, "unix:");
  check.example = value("example");
  check.junit = value("junit");
  std::string checks = value("check");
  for (std::size_t begin = 0; begin < checks.size();) {
    const auto end = std::min(checks.find(',', begin), checks.size());
    if (end > begin) check.checks.push_back(checks.substr(begin, end - begin));
    begin = end + 1;
  }
  const std::pair<const char*, std::chrono::nanoseconds&> durations[] = {
      {"call-limit", check.call_limit}, {"wait", check.wait}};
  for (const auto& [name, target] : durations) {
    const auto text = value(name);
    if (text.empty()) continue;
    const auto duration = ParseDuration(text);
    if (!duration || duration->count() <= 0) {
      return Problem("--" + std::string(name) + ": want a duration such as 10s, not \"" + text +
                     "\"");
    }
    target = *duration;
  }
  const PluginTls tls{value("tls-ca"), value("tls-certificate"), value("tls-key"),
                      value("tls-server-name")};
  if (tls == PluginTls{}) return check;
  if (tls.ca.empty() || tls.certificate.empty() || tls.key.empty()) {
    return Problem("--tls-ca, --tls-certificate and --tls-key go together");
  }
  check.tls = tls;
  return check;
}

Parsed ParseVersion(Words words) {
  const auto raw = Split(words, {});
  if (!raw) return std::unexpected(raw.error());
  if (raw->switches.contains("help")) return ShowHelp{ProgramHelp()};
  return ShowVersion{};
}

}  // namespace

std::expected<Invocation, ConfigError> ParseCommandLine(std::span<const std::string> arguments,
                                                        const Environment& environment,
                                                        const FileReader& read_file) {
  if (arguments.empty()) {
    return Problem(
        "no command given: run, validate, health, conformance or version (see instanced --help)");
  }
  const std::string& command = arguments.front();
  const Words rest = arguments.subspan(1);
  if (command == "run") return ParseRun(rest, environment, read_file);
  if (command == "validate") return ParseValidate(rest);
  if (command == "health") return ParseHealth(rest, environment);
  if (command == "conformance") return ParseConformance(rest);
  if (command == "version" || command == "--version") return ParseVersion(rest);
  if (command == "help" || command == "--help" || command == "-h") return ShowHelp{ProgramHelp()};
  if (command.starts_with("-")) return Problem("a command comes first, as in instanced run");
  const std::vector<std::string> known = {"run", "validate", "health", "conformance", "version"};
  return Problem("unknown command " + command + DidYouMean(command, known));
}

std::expected<std::string, std::string> ReadSmallFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::unexpected("it cannot be opened");
  std::string text(kSmallFileBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return std::unexpected("reading failed");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kSmallFileBytes) return std::unexpected("it is larger than 1 MiB");
  return text;
}

}  // namespace instanced
