// Which proxy a request goes through, as the proxy environment says.
//
// Follows the habit of curl and Go: names in no_proxy match themselves and their subdomains,
// "*" matches all, an address or a CIDR block matches addresses, ":port" narrows an entry;
// loopback origins and the fixed addresses of metadata and container credential services are always
// reached directly: a proxy would ask its own host's. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/http/http_client.h"

namespace instanced {

struct Proxy {
  HttpOrigin origin;  // plain http: the proxy itself is spoken to without TLS
  // "user:password" for Basic authentication; empty without. Never shown.
  std::string user_info;
};

struct ProxySettings {
  std::optional<Proxy> for_http;
  std::optional<Proxy> for_https;
  std::vector<std::string> no_proxy;
};

// The proxy for `origin`; null for a direct connection. Points into `settings`.
const Proxy* ProxyFor(const ProxySettings& settings, const HttpOrigin& origin);

// "Basic dXNlcjpwYXNz" from "user:pass".
std::string BasicCredentials(std::string_view user_info);

}  // namespace instanced
