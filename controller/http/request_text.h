// A request as it goes over the wire, and the check that it is one request only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "controller/http/http_client.h"
#include "controller/http/proxy.h"

namespace instanced {

// Why the request cannot be sent: a line break or control character in the target, a header name
// that is no token, a value that would start another line. Nothing for a sound request.
std::optional<std::string> CheckRequest(const HttpRequest& request);

// Request line and headers, blank line included. Host, Content-Length and Connection among
// `request.headers` are replaced by the client's own. With `proxy` (plain http only) the target
// takes the absolute form.
std::string RequestHead(const HttpRequest& request, const Proxy* proxy);

// The whole CONNECT request for a tunnel to `origin`.
std::string ConnectText(const HttpOrigin& origin, const Proxy& proxy);

}  // namespace instanced
