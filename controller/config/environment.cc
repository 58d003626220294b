#include "controller/config/environment.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace instanced {
namespace {

using Environment = std::map<std::string, std::string>;

std::string Lower(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return std::tolower(c); });
  return lower;
}

std::string Upper(std::string_view text) {
  std::string upper(text);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) { return std::toupper(c); });
  return upper;
}

std::string EitherCase(const Environment& environment, std::string_view name) {
  for (const std::string& spelling : {Lower(name), Upper(name)}) {
    if (spelling == "HTTP_PROXY" && environment.contains("REQUEST_METHOD")) continue;
    const auto found = environment.find(spelling);
    if (found != environment.end() && !found->second.empty()) return found->second;
  }
  return {};
}

bool ForProviders(std::string_view name) {
  constexpr std::array<std::string_view, 3> kPrefixes = {"AWS_", "ALIBABA_", "ALIBABACLOUD_"};
  const auto begins = [name](std::string_view prefix) { return name.starts_with(prefix); };
  return name == "HOME" || std::ranges::any_of(kPrefixes, begins) ||
         Lower(name).ends_with("_proxy");
}

}  // namespace

Environment ReadEnvironment() {
  Environment environment;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const auto equals = text.find('=');
    if (equals == std::string_view::npos) continue;
    environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return environment;
}

Environment ProviderVariables(const Environment& environment) {
  Environment kept;
  for (const auto& [name, value] : environment) {
    if (ForProviders(name)) kept.emplace(name, value);
  }
  return kept;
}

ProxyVariables ReadProxySettings(const Environment& environment) {
  const std::string all = EitherCase(environment, "all_proxy");
  ProxyVariables proxy;
  proxy.http = EitherCase(environment, "http_proxy");
  proxy.https = EitherCase(environment, "https_proxy");
  proxy.no_proxy = EitherCase(environment, "no_proxy");
  if (proxy.http.empty()) proxy.http = all;
  if (proxy.https.empty()) proxy.https = all;
  return proxy;
}

}  // namespace instanced
