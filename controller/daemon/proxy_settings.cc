#include "controller/daemon/proxy_settings.h"

#include <utility>

namespace instanced {
namespace {

Result<std::optional<Proxy>> ProxyFrom(std::string_view text, std::string_view variable) {
  if (text.empty()) return std::nullopt;
  std::string_view rest = text;
  const auto scheme = rest.find("://");
  if (scheme != std::string_view::npos) rest.remove_prefix(scheme + 3);
  Proxy proxy;
  const auto at = rest.rfind('@');
  if (at != std::string_view::npos) {
    proxy.user_info = rest.substr(0, at);
    rest.remove_prefix(at + 1);
  }
  const bool plain = scheme == std::string_view::npos || text.substr(0, scheme) == "http";
  auto endpoint = ParseEndpoint("http://" + std::string(rest));
  if (!plain || !endpoint) {
    return Fail(ErrorClass::kValidation, "InvalidProxy",
                "the variable " + std::string(variable) +
                    " names no proxy that is spoken to in plain http (http://host:port)");
  }
  proxy.origin = endpoint->origin;
  return proxy;
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> words;
  while (!text.empty()) {
    const auto comma = text.find(',');
    std::string_view word = text.substr(0, comma);
    while (word.starts_with(' ')) word.remove_prefix(1);
    while (word.ends_with(' ')) word.remove_suffix(1);
    if (!word.empty()) words.emplace_back(word);
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return words;
}

}  // namespace

Result<ProxySettings> ProxySettingsFrom(const ProxyVariables& variables) {
  auto http = ProxyFrom(variables.http, "http_proxy");
  if (!http) return std::unexpected(std::move(http.error()));
  auto https = ProxyFrom(variables.https, "https_proxy");
  if (!https) return std::unexpected(std::move(https.error()));
  return ProxySettings{std::move(*http), std::move(*https), SplitList(variables.no_proxy)};
}

}  // namespace instanced
