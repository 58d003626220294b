// The streaming side of the HTTP client: an answer whose body is read as it arrives.
//
// The same promises as HttpClient (one transmission, no redirect, verified TLS, bounded header);
// the body has no bound, the caller reads at its own pace. For Kubernetes watches.
//
// Threads: the loop's thread. Ownership: destroying a stream closes its connection.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <utility>

#include "controller/clock/clock.h"
#include "controller/http/http_client.h"
#include "controller/task/stop.h"
#include "controller/task/task.h"

namespace instanced {

struct HttpStreamHead {
  int status = 0;
  HttpHeaders headers;
};

class HttpStream {
 public:
  virtual ~HttpStream() = default;
  virtual const HttpStreamHead& head() const = 0;
  // The next bytes of the body, as they came; empty at its end. kDeadline after `read_idle_max`
  // without a byte, kClosed when the body is cut short. After an error or the end, only destroy.
  virtual Task<std::expected<std::string, HttpError>> Read() = 0;
};

struct HttpStreamLimits {
  MonotonicTime open_deadline;                       // for the answer's header to be complete
  Duration read_idle_max = std::chrono::minutes(5);  // for each Read()
};

class HttpStreamClient {
 public:
  virtual ~HttpStreamClient() = default;
  // `stop` also ends later reads.
  virtual Task<std::expected<std::unique_ptr<HttpStream>, HttpError>> Open(HttpRequest request,
                                                                           HttpStreamLimits limits,
                                                                           StopToken stop) = 0;
};

}  // namespace instanced
