// From an origin to a connection with one request on it: pool, look-up, proxy tunnel, TLS, write.
// Internal to this room.
#pragma once

#include <utility>

#include <boost/asio/ssl/context.hpp>
#include <expected>
#include <memory>
#include <string>

#include "controller/http/connection.h"
#include "controller/http/connection_pool.h"
#include "controller/http/http_client.h"
#include "controller/http/http_options.h"
#include "controller/task/loop.h"
#include "controller/task/stop.h"
#include "controller/task/task.h"

namespace instanced {

// A connection in use; closed when dropped, unless taken out for the pool.
class Exchange {
 public:
  Exchange(std::shared_ptr<HttpConnection> connection, const StopToken& stop);
  Exchange(Exchange&&) = default;
  Exchange& operator=(Exchange&&) = delete;
  ~Exchange();

  const std::shared_ptr<HttpConnection>& connection() const { return connection_; }
  // Ends the deadline and the stop's hold; the connection is then the caller's.
  std::shared_ptr<HttpConnection> Finish();

 private:
  std::shared_ptr<HttpConnection> connection_;
  StopRegistration registration_;
};

class Dialler {
 public:
  Dialler(Loop& loop, const HttpClientOptions& options,
          std::unique_ptr<boost::asio::ssl::context> tls);

  // Writes the request, once, on a pooled or a new connection. The deadline stays set on it.
  Task<std::expected<Exchange, HttpError>> Transmit(HttpRequest request, MonotonicTime deadline,
                                                    StopToken stop);
  ConnectionPool& pool() { return pool_; }
  // For new connections; those in the pool are closed.
  void UseTls(std::unique_ptr<boost::asio::ssl::context> tls);

 private:
  Task<std::expected<void, HttpError>> Establish(std::shared_ptr<HttpConnection> connection,
                                                 HttpOrigin origin, const Proxy* proxy);
  Task<std::expected<void, HttpError>> Tunnel(std::shared_ptr<HttpConnection> connection,
                                              HttpOrigin origin, const Proxy* proxy);
  Task<std::expected<void, HttpError>> Secure(std::shared_ptr<HttpConnection> connection,
                                              HttpOrigin origin);

  Loop& loop_;
  const HttpClientOptions& options_;
  std::unique_ptr<boost::asio::ssl::context> tls_;
  ConnectionPool pool_;
};

}  // namespace instanced
