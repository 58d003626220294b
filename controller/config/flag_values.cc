#include "controller/config/flag_values.h"

#include <cctype>
#include <charconv>
#include <limits>
#include <utility>

namespace instanced {
namespace flag {

namespace {

KubernetesAccess& AccessOf(Config& config) {
  if (!config.kubernetes) config.kubernetes.emplace();
  return *config.kubernetes;
}

}  // namespace

Set SetMetricsOpen(Config& config, std::string_view text) {
  if (text != "yes" && text != "no") return std::unexpected("want yes or no");
  config.metrics_beyond_loopback = text == "yes" ? BeyondLoopback::kOpen : BeyondLoopback::kGuarded;
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

}  // namespace flag

std::expected<ListenAddress, std::string> ParseListenAddress(std::string_view text) {
  const std::string wanted = "want HOST:PORT, such as 127.0.0.1:8080, [::1]:8080 or :8080";
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return std::unexpected(wanted);
  const auto port = flag::ParseWhole(text.substr(colon + 1), 0, 65535);
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
