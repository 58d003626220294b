// Config: everything the daemon may be told from outside, read once, never changed.
//
// Only this room reads flags, the configuration file and the environment; everybody else is
// given values. Relative paths are relative to the working directory. Durations are positive
// unless a comment says that zero is allowed.
//
// Threads: plain values. The environment may hold secrets: never log it.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/config/plugin_settings.h"

namespace instanced {

// Where a server listens; an empty host means every address, port 0 any free one.
struct ListenAddress {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;
  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};
// "127.0.0.1:8080", "[::1]:8080", ":8080".
std::string ToString(const ListenAddress& address);

enum class LogDetail { kDebug, kInfo, kWarning, kError };
// kAuto: text on a terminal, JSON otherwise.
enum class LogStyle { kAuto, kText, kJson };

// The proxies the standard variables name, lower case first; empty without one. `no_proxy` is the
// variable's own comma-separated list.
struct ProxyVariables {
  std::string http;
  std::string https;
  std::string no_proxy;
  friend bool operator==(const ProxyVariables&, const ProxyVariables&) = default;
};

// When a mass deletion is held for a person: more than `count` and more than `percent` of a kind
// within `window`.
struct BrakeFigures {
  std::chrono::nanoseconds window = std::chrono::minutes(10);
  int count = 5;
  int percent = 20;
  friend bool operator==(const BrakeFigures&, const BrakeFigures&) = default;
};

// Creates plus deletes per account within `window`; from `warn_percent` of the limit on we warn.
struct ChurnFigures {
  int limit = 100;
  int warn_percent = 80;
  std::chrono::nanoseconds window = std::chrono::hours(24 * 30);
  friend bool operator==(const ChurnFigures&, const ChurnFigures&) = default;
};

// Run as an operator: the declared objects are custom resources of an API server.
struct KubernetesAccess {
  // Merged as kubectl does. Empty: the pod's own service account.
  std::vector<std::filesystem::path> kubeconfigs;
  std::string context;                     // empty: the current one
  std::string namespace_;                  // empty: all
  std::string service_host, service_port;  // of the API server, as the kubelet tells a pod
  // All of ours, for the program that a kubeconfig may name as the source of a token.
  std::map<std::string, std::string> environment;
  friend bool operator==(const KubernetesAccess&, const KubernetesAccess&) = default;
};

// Who may read over HTTP, and how it travels. Paths are empty where nothing was said; at most one
// of the two secrets, and certificate and key together.
struct HttpAccess {
  std::filesystem::path tls_cert_file;
  std::filesystem::path tls_key_file;
  std::filesystem::path basic_auth_file;
  std::filesystem::path bearer_token_file;
  friend bool operator==(const HttpAccess&, const HttpAccess&) = default;
};
// Whether an address beyond loopback may do without a secret.
enum class BeyondLoopback { kGuarded, kOpen };

// With more than one replica: who acts. Only with Kubernetes.
enum class LeaderElection { kYes, kNo };
enum class ShardWork { kOff, kByDomain };
struct LeaseFigures {
  LeaderElection election = LeaderElection::kYes;
  ShardWork sharding = ShardWork::kOff;
  std::string namespace_;  // empty: the pod's own, or the context's
  // A lease must outlast a cloud call: nothing is begun that might end after it.
  std::chrono::nanoseconds duration = std::chrono::seconds(45);
  std::chrono::nanoseconds renew_deadline = std::chrono::seconds(35);
  std::chrono::nanoseconds retry = std::chrono::seconds(3);
  friend bool operator==(const LeaseFigures&, const LeaseFigures&) = default;
};

// The control API: who may look through its unix socket besides the daemon's own user and root
// (uids), and on TCP mutual TLS and who may do what by the names in a client's certificate.
struct AdminListen {
  std::vector<std::uint32_t> socket_readers;
  std::optional<ListenAddress> address;
  std::filesystem::path certificate;
  std::filesystem::path private_key;
  std::filesystem::path client_authority;
  std::vector<std::string> operators;
  std::vector<std::string> readers{"*"};
  friend bool operator==(const AdminListen&, const AdminListen&) = default;
};

// What to do with a state file that is not sound.
enum class RepairState { kNo, kYes };

struct Config {
  // Exactly one of these two says where the declared objects are.
  std::filesystem::path manifests;
  std::optional<KubernetesAccess> kubernetes;
  std::filesystem::path state_file = "./instanced.db";
  std::filesystem::path admin_socket;  // never empty: by default next to the state file
  AdminListen admin;
  RepairState repair_state = RepairState::kNo;
  std::string owner_id;  // empty: the one the journal keeps, or the cluster's own
  std::optional<ListenAddress> metrics_address = ListenAddress{"127.0.0.1", 8080};
  HttpAccess metrics_access;
  BeyondLoopback metrics_beyond_loopback = BeyondLoopback::kGuarded;
  std::optional<ListenAddress> health_address = ListenAddress{"127.0.0.1", 8081};
  // Beyond loopback only with a certificate and a secret.
  std::optional<ListenAddress> page_address;
  HttpAccess page_access;
  LogDetail log_level = LogDetail::kInfo;
  LogStyle log_format = LogStyle::kAuto;

  int max_in_flight = 512;
  std::chrono::nanoseconds drain_timeout = std::chrono::seconds(25);
  std::chrono::nanoseconds connect_timeout = std::chrono::seconds(5);
  std::chrono::nanoseconds call_deadline = std::chrono::seconds(30);
  // How long a cloud may go on not showing what it has done.
  std::chrono::nanoseconds consistency_window = std::chrono::seconds(30);
  // How long a create with a token may be sent again.
  std::chrono::nanoseconds replay_window = std::chrono::minutes(10);
  std::chrono::nanoseconds poll_in_transition = std::chrono::seconds(5);
  std::chrono::nanoseconds poll_stable = std::chrono::minutes(10);
  std::chrono::nanoseconds rescan_interval = std::chrono::minutes(1);
  // How long files must stay unchanged before they count as one snapshot; zero is allowed.
  std::chrono::nanoseconds quiet_time = std::chrono::milliseconds(500);
  std::chrono::nanoseconds history_retention = std::chrono::hours(24 * 90);

  // Either from --plugins, or from the `plugins` list of the configuration file.
  std::filesystem::path plugins_file;
  std::vector<PluginSettings> plugins;
  std::filesystem::path plugin_directory;  // never empty: by default next to the state file

  LeaseFigures lease;
  BrakeFigures brakes;
  ChurnFigures churn;

  // The variables providers may need (AWS_*, ALIBABA_*, the proxies', HOME), and no others.
  std::map<std::string, std::string> environment;
  ProxyVariables proxy;

  friend bool operator==(const Config&, const Config&) = default;
};

}  // namespace instanced
