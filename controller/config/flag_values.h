// What the texts of flags mean: each Set function reads one and puts it into the Config, or says
// what would be accepted and changes nothing.
//
// Pure; any thread.
#pragma once

#include <chrono>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/clock/duration.h"
#include "controller/config/config.h"
#include "controller/config/flags.h"

namespace instanced::flag {

using Set = std::expected<void, std::string>;
using std::chrono::nanoseconds;

Set SetMetricsOpen(Config& config, std::string_view text);
std::expected<int, std::string> ParseWhole(std::string_view text, int least, int most);
Set SetWhole(int& target, std::string_view text, int least, int most);
Set SetAdminAddress(Config& config, std::string_view text);
Set SetSocketReaders(Config& config, std::string_view text);
Set SetChurnWindow(Config& config, std::string_view text);
Set SetQuietTime(Config& config, std::string_view text);
Set SetOwner(Config& config, std::string_view text);
// `--kubernetes` alone says yes; a variable or a file may also say no.
Set SetKubernetes(Config& config, std::string_view text);
Set SetKubeconfig(Config& config, std::string_view text);
Set SetContext(Config& config, std::string_view text);
// Namespaces are DNS labels.
Set SetNamespace(Config& config, std::string_view text);
Set SetLeaderElection(Config& config, std::string_view text);
Set SetSharding(Config& config, std::string_view text);
Set SetLeaseNamespace(Config& config, std::string_view text);
Set SetRepairState(Config& config, std::string_view text);
Set SetLogLevel(Config& config, std::string_view text);
Set SetLogFormat(Config& config, std::string_view text);

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

template <nanoseconds Config::* kMember>
Set SetDuration(Config& config, std::string_view text) {
  const auto duration = ParseDuration(text);
  if (!duration || *duration <= nanoseconds::zero()) {
    return std::unexpected("want a duration such as 500ms, 30s, 5m or 24h");
  }
  config.*kMember = *duration;
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

template <nanoseconds BrakeFigures::* kMember>
Set SetBrakeWindow(Config& config, std::string_view text) {
  const auto duration = ParseDuration(text);
  if (!duration || *duration <= nanoseconds::zero()) {
    return std::unexpected("want a duration such as 10m");
  }
  config.brakes.*kMember = *duration;
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

template <std::chrono::nanoseconds LeaseFigures::* kMember>
Set SetLeaseTime(Config& config, std::string_view text) {
  const auto duration = ParseDuration(text);
  if (!duration || *duration < std::chrono::seconds(1)) {
    return std::unexpected("want a duration of a second or more, such as 45s");
  }
  config.lease.*kMember = *duration;
  return {};
}

}  // namespace instanced::flag
