#include "controller/config/flags.h"

#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <utility>

#include "controller/clock/duration.h"

namespace instanced {
namespace {

using Set = std::expected<void, std::string>;
using std::chrono::nanoseconds;

template <std::filesystem::path Config::* kMember>
Set SetPath(Config& config, std::string_view text) {
  if (text.empty()) return std::unexpected("want a path");
  config.*kMember = text;
  return {};
}

template <HttpAccess Config::* kAccess, std::filesystem::path HttpAccess::* kMember>
Set SetAccessFile(Config& config, std::string_view text) {
  if (text.empty()) return std::unexpected("want a path");
  config.*kAccess.*kMember = text;
  return {};
}

Set SetMetricsOpen(Config& config, std::string_view text) {
  if (text != "yes" && text != "no") return std::unexpected("want yes or no");
  config.metrics_beyond_loopback = text == "yes" ? BeyondLoopback::kOpen : BeyondLoopback::kGuarded;
  return {};
}

template <nanoseconds Config::* kMember>
Set SetDuration(Config& config, std::string_view text) {
  const auto duration = ParseDuration(text);
  if (!duration || *duration <= nanoseconds::zero()) {
    return std::unexpected("want a duration such as 500ms, 30s, 5m or 24h");
  }
  config.*kMember = *duration;
  return {};
}

std::expected<int, std::string> ParseWhole(std::string_view text, int least, int most) {
  int number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size() || number < least ||
      number > most) {
    return std::unexpected("want a whole number from " + std::to_string(least) + " to " +
                           std::to_string(most));
  }
  return number;
}

Set SetWhole(int& target, std::string_view text, int least, int most) {
  const auto number = ParseWhole(text, least, most);
  if (!number) return std::unexpected(number.error());
  target = *number;
  return {};
}

Set SetAdminAddress(Config& config, std::string_view text) {
  if (text == "off") {
    config.admin.address.reset();
    return {};
  }
  const auto address = ParseListenAddress(text);
  if (!address) return std::unexpected(address.error());
  config.admin.address = *address;
  return {};
}

template <std::filesystem::path AdminListen::* kMember>
Set SetAdminPath(Config& config, std::string_view text) {
  if (text.empty()) return std::unexpected("want a path");
  config.admin.*kMember = text;
  return {};
}

template <std::vector<std::string> AdminListen::* kMember>
Set SetNames(Config& config, std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const auto comma = text.find(',');
    if (comma == 0) return std::unexpected("want names by commas, without blanks between them");
    names.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  config.admin.*kMember = std::move(names);
  return {};
}

Set SetSocketReaders(Config& config, std::string_view text) {
  std::vector<std::uint32_t> uids;
  for (auto comma = text.find(',');; comma = text.find(',')) {
    const auto uid = ParseWhole(text.substr(0, comma), 1, std::numeric_limits<int>::max());
    if (!uid) return std::unexpected("want numbers of users by commas, such as 1001,1002");
    uids.push_back(static_cast<std::uint32_t>(*uid));
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
  }
  config.admin.socket_readers = std::move(uids);
  return {};
}

template <nanoseconds BrakeFigures::* kMember>
Set SetBrakeWindow(Config& config, std::string_view text) {
  const auto duration = ParseDuration(text);
  if (!duration || *duration <= nanoseconds::zero()) {
    return std::unexpected("want a duration such as 10m");
  }
  config.brakes.*kMember = *duration;
  return {};
}

Set SetChurnWindow(Config& config, std::string_view text) {
  const auto duration = ParseDuration(text);
  if (!duration || *duration <= nanoseconds::zero()) {
    return std::unexpected("want a duration such as 30d");
  }
  config.churn.window = *duration;
  return {};
}

Set SetQuietTime(Config& config, std::string_view text) {
  const auto duration = ParseDuration(text);
  if (!duration) return std::unexpected("want a duration such as 500ms, or 0s");
  config.quiet_time = *duration;
  return {};
}

template <std::optional<ListenAddress> Config::* kMember>
Set SetAddress(Config& config, std::string_view text) {
  if (text == "off") {
    config.*kMember = std::nullopt;
    return {};
  }
  auto address = ParseListenAddress(text);
  if (!address) return std::unexpected(address.error());
  config.*kMember = *std::move(address);
  return {};
}

Set SetOwner(Config& config, std::string_view text) {
  const auto fits = [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_' || c == '.';
  };
  bool good = !text.empty() && text.size() <= 63;
  for (const char c : text) good = good && fits(static_cast<unsigned char>(c));
  if (!good) return std::unexpected("want 1 to 63 letters, digits, '-', '_' or '.'");
  config.owner_id = text;
  return {};
}

// `--kubernetes` alone says yes; a variable or a file may also say no.
Set SetKubernetes(Config& config, std::string_view text) {
  if (text == "yes") {
    if (!config.kubernetes) config.kubernetes.emplace();
  } else if (text != "no") {
    return std::unexpected("want yes or no");
  }
  return {};
}

KubernetesAccess& AccessOf(Config& config) {
  if (!config.kubernetes) config.kubernetes.emplace();
  return *config.kubernetes;
}

Set SetKubeconfig(Config& config, std::string_view text) {
  if (text.empty()) return std::unexpected("want a path");
  AccessOf(config).kubeconfigs = {text};
  return {};
}

Set SetContext(Config& config, std::string_view text) {
  if (text.empty()) return std::unexpected("want the name of a context");
  AccessOf(config).context = text;
  return {};
}

// Namespaces are DNS labels.
Set SetNamespace(Config& config, std::string_view text) {
  const auto fits = [](unsigned char c) { return std::islower(c) || std::isdigit(c) || c == '-'; };
  bool good = !text.empty() && text.size() <= 63 && text.front() != '-' && text.back() != '-';
  for (const char c : text) good = good && fits(static_cast<unsigned char>(c));
  if (!good) return std::unexpected("want the name of a namespace, or all");
  AccessOf(config).namespace_ = text == "all" ? "" : text;
  return {};
}

Set SetLeaderElection(Config& config, std::string_view text) {
  if (text == "yes")
    config.lease.election = LeaderElection::kYes;
  else if (text == "no")
    config.lease.election = LeaderElection::kNo;
  else
    return std::unexpected("want yes or no");
  return {};
}

Set SetSharding(Config& config, std::string_view text) {
  if (text == "off")
    config.lease.sharding = ShardWork::kOff;
  else if (text == "domains")
    config.lease.sharding = ShardWork::kByDomain;
  else
    return std::unexpected("want off or domains");
  return {};
}

Set SetLeaseNamespace(Config& config, std::string_view text) {
  if (text.empty()) return std::unexpected("want the name of a namespace");
  config.lease.namespace_ = text;
  return {};
}

template <std::chrono::nanoseconds LeaseFigures::* kMember>
Set SetLeaseTime(Config& config, std::string_view text) {
  const auto duration = ParseDuration(text);
  if (!duration || *duration < std::chrono::seconds(1)) {
    return std::unexpected("want a duration of a second or more, such as 45s");
  }
  config.lease.*kMember = *duration;
  return {};
}

Set SetRepairState(Config& config, std::string_view text) {
  if (text == "yes")
    config.repair_state = RepairState::kYes;
  else if (text == "no")
    config.repair_state = RepairState::kNo;
  else
    return std::unexpected("want yes or no");
  return {};
}

Set SetLogLevel(Config& config, std::string_view text) {
  if (text == "debug")
    config.log_level = LogDetail::kDebug;
  else if (text == "info")
    config.log_level = LogDetail::kInfo;
  else if (text == "warning")
    config.log_level = LogDetail::kWarning;
  else if (text == "error")
    config.log_level = LogDetail::kError;
  else
    return std::unexpected("want debug, info, warning or error");
  return {};
}

Set SetLogFormat(Config& config, std::string_view text) {
  if (text == "auto")
    config.log_format = LogStyle::kAuto;
  else if (text == "text")
    config.log_format = LogStyle::kText;
  else if (text == "json")
    config.log_format = LogStyle::kJson;
  else
    return std::unexpected("want auto, text or json");
  return {};
}

constexpr std::string_view kWhere = "Where";
constexpr std::string_view kSeen = "What operators see";
constexpr std::string_view kPace = "Pace";
constexpr std::string_view kReplicas = "More than one replica (with --kubernetes)";
constexpr std::string_view kGuard = "Brakes and quotas";

const std::array kFlags = {
    Flag{kWhere, "manifests", "DIR", "folder of the declared objects (this or --kubernetes)",
         SetPath<&Config::manifests>},
    Flag{kWhere, "kubernetes", "", "the declared objects are custom resources of an API server",
         SetKubernetes},
    Flag{kWhere, "kubeconfig", "FILE",
         "how to reach it [KUBECONFIG, else the pod's own account, else ~/.kube/config]",
         SetKubeconfig},
    Flag{kWhere, "context", "NAME", "context of the kubeconfig [its current one]", SetContext},
    Flag{kWhere, "namespace", "NS", "one namespace, or all [all]", SetNamespace},
    Flag{kWhere, "state", "FILE", "the journal [./instanced.db]", SetPath<&Config::state_file>},
    Flag{kWhere, "repair-state", "CHOICE",
         "yes: move a damaged state file aside and start with what can be proven [no]",
         SetRepairState},
    Flag{kWhere, "admin-socket", "FILE",
         "unix socket of instancectl [the state file's path, ending in .sock]",
         SetPath<&Config::admin_socket>},
    Flag{kWhere, "admin-socket-readers", "UIDS",
         "numbers of other users that may look through it, by commas [none]", SetSocketReaders},
    Flag{kWhere, "admin-address", "HOST:PORT",
         "serve the control API here too, over mutual TLS [off]", SetAdminAddress},
    Flag{kWhere, "admin-cert", "FILE", "certificate of the control API, PEM",
         SetAdminPath<&AdminListen::certificate>},
    Flag{kWhere, "admin-key", "FILE", "its private key, PEM",
         SetAdminPath<&AdminListen::private_key>},
    Flag{kWhere, "admin-client-ca", "FILE", "authority that signs the certificates of clients, PEM",
         SetAdminPath<&AdminListen::client_authority>},
    Flag{kWhere, "admin-operators", "NAMES",
         "certificate names (common or alternative) that may change things, by commas [none]",
         SetNames<&AdminListen::operators>},
    Flag{kWhere, "admin-readers", "NAMES",
         "certificate names that may look, by commas; * is every signed one [*]",
         SetNames<&AdminListen::readers>},
    Flag{kWhere, "owner-id", "ID",
         "name of this installation in ownership marks [made once, kept in the state file; in "
         "Kubernetes the uid of namespace kube-system]",
         SetOwner},
    Flag{kWhere, "plugins", "FILE",
         "YAML list of provider plugins [the list `plugins` of the file that --config names]",
         SetPath<&Config::plugins_file>},
    Flag{kWhere, "plugin-directory", "DIR",
         "sockets of the plugins that are started [the state file's path, ending in .plugins]",
         SetPath<&Config::plugin_directory>},
    Flag{kSeen, "metrics-address", "ADDR", "HOST:PORT of /metrics, or off [127.0.0.1:8080]",
         SetAddress<&Config::metrics_address>},
    Flag{kSeen, "metrics-tls-cert", "FILE", "PEM certificate: /metrics over HTTPS",
         SetAccessFile<&Config::metrics_access, &HttpAccess::tls_cert_file>},
    Flag{kSeen, "metrics-tls-key", "FILE", "... and its key",
         SetAccessFile<&Config::metrics_access, &HttpAccess::tls_key_file>},
    Flag{kSeen, "metrics-basic-auth-file", "FILE", "USER:PASSWORD that /metrics asks for",
         SetAccessFile<&Config::metrics_access, &HttpAccess::basic_auth_file>},
    Flag{kSeen, "metrics-bearer-token-file", "FILE", "... or the token that it asks for",
         SetAccessFile<&Config::metrics_access, &HttpAccess::bearer_token_file>},
    Flag{kSeen, "metrics-open", "CHOICE",
         "yes: beyond loopback without a secret, where a network policy guards it [no]",
         SetMetricsOpen},
    Flag{kSeen, "health-address", "ADDR",
         "HOST:PORT of /healthz and /readyz, or off [127.0.0.1:8081]",
         SetAddress<&Config::health_address>},
    Flag{kSeen, "page-address", "ADDR", "HOST:PORT of the page to look at, or off [off]",
         SetAddress<&Config::page_address>},
    Flag{kSeen, "page-tls-cert", "FILE", "PEM certificate: the page over HTTPS",
         SetAccessFile<&Config::page_access, &HttpAccess::tls_cert_file>},
    Flag{kSeen, "page-tls-key", "FILE", "... and its key",
         SetAccessFile<&Config::page_access, &HttpAccess::tls_key_file>},
    Flag{kSeen, "page-basic-auth-file", "FILE", "USER:PASSWORD that the page asks for",
         SetAccessFile<&Config::page_access, &HttpAccess::basic_auth_file>},
    Flag{kSeen, "page-bearer-token-file", "FILE", "... or the token that it asks for",
         SetAccessFile<&Config::page_access, &HttpAccess::bearer_token_file>},
    Flag{kSeen, "log-level", "LEVEL", "debug, info, warning or error [info]", SetLogLevel},
    Flag{kSeen, "log-format", "FORMAT", "auto (text on a terminal, else json), text, json [auto]",
         SetLogFormat},
    Flag{kSeen, "history-retention", "DURATION", "how long history is kept [90d]",
         SetDuration<&Config::history_retention>},
    Flag{kPace, "max-in-flight", "N", "objects worked on at a time [512]",
         [](Config& config, std::string_view text) {
           return SetWhole(config.max_in_flight, text, 1, 65536);
         }},
    Flag{kPace, "poll-in-transition", "DURATION", "look again at a changing instance after [5s]",
         SetDuration<&Config::poll_in_transition>},
    Flag{kPace, "poll-stable", "DURATION", "look for drift of a settled instance every [10m]",
         SetDuration<&Config::poll_stable>},
    Flag{kPace, "rescan-interval", "DURATION", "read the folder again at least every [1m]",
         SetDuration<&Config::rescan_interval>},
    Flag{kPace, "quiet-time", "DURATION", "files must rest this long to be read together [500ms]",
         SetQuietTime},
    Flag{kPace, "connect-timeout", "DURATION", "longest wait for a connection [5s]",
         SetDuration<&Config::connect_timeout>},
    Flag{kPace, "call-deadline", "DURATION", "longest wait for one cloud call [30s]",
         SetDuration<&Config::call_deadline>},
    Flag{kPace, "consistency-window", "DURATION",
         "how long a cloud may not yet show what it has done [30s]",
         SetDuration<&Config::consistency_window>},
    Flag{kPace, "replay-window", "DURATION", "how long a create may be sent again [10m]",
         SetDuration<&Config::replay_window>},
    Flag{kPace, "drain-timeout", "DURATION", "how long SIGTERM waits for calls under way [25s]",
         SetDuration<&Config::drain_timeout>},
    Flag{kReplicas, "leader-elect", "CHOICE",
         "no: with --kubernetes, act without holding a lease; one replica only [yes]",
         SetLeaderElection},
    Flag{kReplicas, "sharding", "MODE",
         "domains: replicas share the work by account and region; off: one does all [off]",
         SetSharding},
    Flag{kReplicas, "lease-namespace", "NS", "where the leases are kept [the pod's own]",
         SetLeaseNamespace},
    Flag{kReplicas, "lease-duration", "DURATION",
         "a replica that shows no life for so long is replaced [45s]",
         SetLeaseTime<&LeaseFigures::duration>},
    Flag{kReplicas, "lease-renew-deadline", "DURATION",
         "a replica that cannot renew for so long ends [35s]",
         SetLeaseTime<&LeaseFigures::renew_deadline>},
    Flag{kReplicas, "lease-retry", "DURATION", "leases are renewed and looked at every [3s]",
         SetLeaseTime<&LeaseFigures::retry>},
    Flag{kGuard, "brake-window", "DURATION", "window in which deletions are counted [10m]",
         SetBrakeWindow<&BrakeFigures::window>},
    Flag{kGuard, "brake-count", "N", "hold when more deletions than this ... [5]",
         [](Config& config, std::string_view text) {
           return SetWhole(config.brakes.count, text, 0, 1'000'000);
         }},
    Flag{kGuard, "brake-percent", "N", "... and more than this share of a kind [20]",
         [](Config& config, std::string_view text) {
           return SetWhole(config.brakes.percent, text, 0, 100);
         }},
    Flag{kGuard, "churn-limit", "N", "creates plus deletes an account allows [100]",
         [](Config& config, std::string_view text) {
           return SetWhole(config.churn.limit, text, 1, 1'000'000);
         }},
    Flag{kGuard, "churn-window", "DURATION", "... within [30d]", SetChurnWindow},
    Flag{kGuard, "churn-warn-percent", "N", "warn from this share of the limit on [80]",
         [](Config& config, std::string_view text) {
           return SetWhole(config.churn.warn_percent, text, 1, 100);
         }},
};

}  // namespace

std::span<const Flag> RunFlags() { return kFlags; }

std::string VariableName(std::string_view flag_name) {
  std::string name = "INSTANCED_";
  for (const char c : flag_name) {
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return name;
}

std::expected<ListenAddress, std::string> ParseListenAddress(std::string_view text) {
  const std::string wanted = "want HOST:PORT, such as 127.0.0.1:8080, [::1]:8080 or :8080";
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::unexpected(wanted);
  const auto port = ParseWhole(text.substr(colon + 1), 0, 65535);
  if (!port) return std::unexpected(wanted);
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return std::unexpected(wanted);
  }
  return ListenAddress{std::string(host), static_cast<std::uint16_t>(*port)};
}

std::string ToString(const ListenAddress& address) {
  const bool v6 = address.host.find(':') != std::string::npos;
  const std::string host = v6 ? "[" + address.host + "]" : address.host;
  return host + ":" + std::to_string(address.port);
}

}  // namespace instanced
