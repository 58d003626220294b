#include "controller/config/flags.h"

#include <array>
#include <cctype>

#include "controller/config/flag_values.h"

namespace instanced {
namespace {

constexpr std::string_view kWhere = "Where";
constexpr std::string_view kSeen = "What operators see";
constexpr std::string_view kPace = "Pace";
constexpr std::string_view kReplicas = "More than one replica (with --kubernetes)";
constexpr std::string_view kGuard = "Brakes and quotas";

const std::array kFlags = {
    Flag{kWhere, "manifests", "DIR", "folder of the declared objects (this or --kubernetes)",
         flag::SetPath<&Config::manifests>},
    Flag{kWhere, "kubernetes", "", "the declared objects are custom resources of an API server",
         flag::SetKubernetes},
    Flag{kWhere, "kubeconfig", "FILE",
         "how to reach it [KUBECONFIG, else the pod's own account, else ~/.kube/config]",
         flag::SetKubeconfig},
    Flag{kWhere, "context", "NAME", "context of the kubeconfig [its current one]",
         flag::SetContext},
    Flag{kWhere, "namespace", "NS", "one namespace, or all [all]", flag::SetNamespace},
    Flag{kWhere, "state", "FILE", "the journal [./instanced.db]",
         flag::SetPath<&Config::state_file>},
    Flag{kWhere, "repair-state", "CHOICE",
         "yes: move a damaged state file aside and start with what can be proven [no]",
         flag::SetRepairState},
    Flag{kWhere, "admin-socket", "FILE",
         "unix socket of instancectl [the state file's path, ending in .sock]",
         flag::SetPath<&Config::admin_socket>},
    Flag{kWhere, "admin-socket-readers", "UIDS",
         "numbers of other users that may look through it, by commas [none]",
         flag::SetSocketReaders},
    Flag{kWhere, "admin-address", "HOST:PORT",
         "serve the control API here too, over mutual TLS [off]", flag::SetAdminAddress},
    Flag{kWhere, "admin-cert", "FILE", "certificate of the control API, PEM",
         flag::SetAdminPath<&AdminListen::certificate>},
    Flag{kWhere, "admin-key", "FILE", "its private key, PEM",
         flag::SetAdminPath<&AdminListen::private_key>},
    Flag{kWhere, "admin-client-ca", "FILE", "authority that signs the certificates of clients, PEM",
         flag::SetAdminPath<&AdminListen::client_authority>},
    Flag{kWhere, "admin-operators", "NAMES",
         "certificate names (common or alternative) that may change things, by commas [none]",
         flag::SetNames<&AdminListen::operators>},
    Flag{kWhere, "admin-readers", "NAMES",
         "certificate names that may look, by commas; * is every signed one [*]",
         flag::SetNames<&AdminListen::readers>},
    Flag{kWhere, "owner-id", "ID",
         "name of this installation in ownership marks [made once, kept in the state file; in "
         "Kubernetes the uid of namespace kube-system]",
         flag::SetOwner},
    Flag{kWhere, "plugins", "FILE",
         "YAML list of provider plugins [the list `plugins` of the file that --config names]",
         flag::SetPath<&Config::plugins_file>},
    Flag{kWhere, "plugin-directory", "DIR",
         "sockets of the plugins that are started [the state file's path, ending in .plugins]",
         flag::SetPath<&Config::plugin_directory>},
    Flag{kSeen, "metrics-address", "ADDR", "HOST:PORT of /metrics, or off [127.0.0.1:8080]",
         flag::SetAddress<&Config::metrics_address>},
    Flag{kSeen, "metrics-tls-cert", "FILE", "PEM certificate: /metrics over HTTPS",
         flag::SetAccessFile<&Config::metrics_access, &HttpAccess::tls_cert_file>},
    Flag{kSeen, "metrics-tls-key", "FILE", "... and its key",
         flag::SetAccessFile<&Config::metrics_access, &HttpAccess::tls_key_file>},
    Flag{kSeen, "metrics-basic-auth-file", "FILE", "USER:PASSWORD that /metrics asks for",
         flag::SetAccessFile<&Config::metrics_access, &HttpAccess::basic_auth_file>},
    Flag{kSeen, "metrics-bearer-token-file", "FILE", "... or the token that it asks for",
         flag::SetAccessFile<&Config::metrics_access, &HttpAccess::bearer_token_file>},
    Flag{kSeen, "metrics-open", "CHOICE",
         "yes: beyond loopback without a secret, where a network policy guards it [no]",
         flag::SetMetricsOpen},
    Flag{kSeen, "health-address", "ADDR",
         "HOST:PORT of /healthz and /readyz, or off [127.0.0.1:8081]",
         flag::SetAddress<&Config::health_address>},
    Flag{kSeen, "page-address", "ADDR", "HOST:PORT of the page to look at, or off [off]",
         flag::SetAddress<&Config::page_address>},
    Flag{kSeen, "page-tls-cert", "FILE", "PEM certificate: the page over HTTPS",
         flag::SetAccessFile<&Config::page_access, &HttpAccess::tls_cert_file>},
    Flag{kSeen, "page-tls-key", "FILE", "... and its key",
         flag::SetAccessFile<&Config::page_access, &HttpAccess::tls_key_file>},
    Flag{kSeen, "page-basic-auth-file", "FILE", "USER:PASSWORD that the page asks for",
         flag::SetAccessFile<&Config::page_access, &HttpAccess::basic_auth_file>},
    Flag{kSeen, "page-bearer-token-file", "FILE", "... or the token that it asks for",
         flag::SetAccessFile<&Config::page_access, &HttpAccess::bearer_token_file>},
    Flag{kSeen, "log-level", "LEVEL", "debug, info, warning or error [info]", flag::SetLogLevel},
    Flag{kSeen, "log-format", "FORMAT", "auto (text on a terminal, else json), text, json [auto]",
         flag::SetLogFormat},
    Flag{kSeen, "history-retention", "DURATION", "how long history is kept [90d]",
         flag::SetDuration<&Config::history_retention>},
    Flag{kPace, "max-in-flight", "N", "objects worked on at a time [512]",
         [](Config& config, std::string_view text) {
           return flag::SetWhole(config.max_in_flight, text, 1, 65536);
         }},
    Flag{kPace, "poll-in-transition", "DURATION", "look again at a changing instance after [5s]",
         flag::SetDuration<&Config::poll_in_transition>},
    Flag{kPace, "poll-stable", "DURATION", "look for drift of a settled instance every [10m]",
         flag::SetDuration<&Config::poll_stable>},
    Flag{kPace, "rescan-interval", "DURATION", "read the folder again at least every [1m]",
         flag::SetDuration<&Config::rescan_interval>},
    Flag{kPace, "quiet-time", "DURATION", "files must rest this long to be read together [500ms]",
         flag::SetQuietTime},
    Flag{kPace, "connect-timeout", "DURATION", "longest wait for a connection [5s]",
         flag::SetDuration<&Config::connect_timeout>},
    Flag{kPace, "call-deadline", "DURATION", "longest wait for one cloud call [30s]",
         flag::SetDuration<&Config::call_deadline>},
    Flag{kPace, "consistency-window", "DURATION",
         "how long a cloud may not yet show what it has done [30s]",
         flag::SetDuration<&Config::consistency_window>},
    Flag{kPace, "replay-window", "DURATION", "how long a create may be sent again [10m]",
         flag::SetDuration<&Config::replay_window>},
    Flag{kPace, "drain-timeout", "DURATION", "how long SIGTERM waits for calls under way [25s]",
         flag::SetDuration<&Config::drain_timeout>},
    Flag{kReplicas, "leader-elect", "CHOICE",
         "no: with --kubernetes, act without holding a lease; one replica only [yes]",
         flag::SetLeaderElection},
    Flag{kReplicas, "sharding", "MODE",
         "domains: replicas share the work by account and region; off: one does all [off]",
         flag::SetSharding},
    Flag{kReplicas, "lease-namespace", "NS", "where the leases are kept [the pod's own]",
         flag::SetLeaseNamespace},
    Flag{kReplicas, "lease-duration", "DURATION",
         "a replica that has not renewed its lease for this long is replaced [45s]",
         flag::SetLeaseTime<&LeaseFigures::duration>},
    Flag{kReplicas, "lease-renew-deadline", "DURATION",
         "a replica that cannot renew for so long ends [35s]",
         flag::SetLeaseTime<&LeaseFigures::renew_deadline>},
    Flag{kReplicas, "lease-retry", "DURATION", "leases are renewed and looked at every [3s]",
         flag::SetLeaseTime<&LeaseFigures::retry>},
    Flag{kGuard, "brake-window", "DURATION", "window in which deletions are counted [10m]",
         flag::SetBrakeWindow<&BrakeFigures::window>},
    Flag{kGuard, "brake-count", "N", "hold when more deletions than this ... [5]",
         [](Config& config, std::string_view text) {
           return flag::SetWhole(config.brakes.count, text, 0, 1'000'000);
         }},
    Flag{kGuard, "brake-percent", "N", "... and more than this share of a kind [20]",
         [](Config& config, std::string_view text) {
           return flag::SetWhole(config.brakes.percent, text, 0, 100);
         }},
    Flag{kGuard, "churn-limit", "N", "creates plus deletes an account allows [100]",
         [](Config& config, std::string_view text) {
           return flag::SetWhole(config.churn.limit, text, 1, 1'000'000);
         }},
    Flag{kGuard, "churn-window", "DURATION", "... within [30d]", flag::SetChurnWindow},
    Flag{kGuard, "churn-warn-percent", "N", "warn from this share of the limit on [80]",
         [](Config& config, std::string_view text) {
           return flag::SetWhole(config.churn.warn_percent, text, 1, 100);
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

}  // namespace instanced
