// The HTTP client seam: one request, at most one transmission.
//
// Promises: a request is transmitted at most once, whatever happens to a pooled connection; no
// redirect is followed; header and body are bounded; the deadline covers the whole call, name
// look-up, connection, TLS and body included. A failure says whether the request may have reached
// the server. TLS verifies chain and name. The proxy environment is honoured as Config read it.
//
// Threads: the loop's thread. Ownership: requests are taken by value and live in the call.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/error/error.h"
#include "controller/clock/clock.h"
#include "controller/task/stop.h"
#include "controller/task/task.h"

namespace instanced {

enum class HttpMethod { kGet, kPut, kPost, kPatch, kDelete, kHead };
std::string_view ToString(HttpMethod method);

enum class Scheme { kHttp, kHttps };

// Where a request goes. `host` is a name or an address without brackets.
struct HttpOrigin {
  Scheme scheme = Scheme::kHttps;
  std::string host;
  std::uint16_t port = 443;
  friend auto operator<=>(const HttpOrigin&, const HttpOrigin&) = default;
};

// "https://host:8443/base" -> origin and path ("/base"; "" without one). Rejects user info,
// queries, fragments and unknown schemes with Validation.
struct HttpEndpoint {
  HttpOrigin origin;
  std::string base_path;
};
Result<HttpEndpoint> ParseEndpoint(std::string_view url);
// The Host header: the port is left out when it is the scheme's own.
std::string HostHeader(const HttpOrigin& origin);

// Names compare without case; order is kept; a name may repeat.
using HttpHeaders = std::vector<std::pair<std::string, std::string>>;
// The first value of a header; nothing (an empty view) without one.
std::string_view FindHeader(const HttpHeaders& headers, std::string_view name);

struct HttpRequest {
  HttpMethod method = HttpMethod::kGet;
  HttpOrigin origin;
  std::string target = "/";  // path and query, as sent on the wire
  HttpHeaders headers;       // Host, Content-Length and Connection are the client's
  std::string body;
};

struct HttpResponse {
  int status = 0;
  HttpHeaders headers;
  std::string body;
};

enum class HttpFailure {
  kResolve,
  kConnect,
  kTls,
  kProxy,
  kDeadline,
  kClosed,     // reset or closed before the answer was complete
  kTooLarge,   // header or body over its bound
  kMalformed,  // not HTTP
  kStopped,    // the caller's StopToken
};
std::string_view ToString(HttpFailure failure);

struct HttpError {
  HttpFailure failure = HttpFailure::kClosed;
  Reach reach = Reach::kNotSent;  // kNotSent or kUnknown, never kAnswered
  std::string message;
};

class HttpClient {
 public:
  virtual ~HttpClient() = default;
  virtual Task<std::expected<HttpResponse, HttpError>> Send(HttpRequest request,
                                                            MonotonicTime deadline,
                                                            StopToken stop) = 0;
};

}  // namespace instanced
