// The daemon's small HTTP server: health, page and JSON. cpprestsdk's listener underneath.
//
// Promises: routes match by method and the longest path prefix on a segment boundary; a GET route
// also answers HEAD; no route is 404, another method 405; a body over its bound 413; a handler
// that throws is 500 without its text. Close() returns when the port is free and no handler runs.
//
// Threads: Start, Close and the destructor from one thread, not from a handler; handlers run on
// the listener's own threads, several at once, and hand work to the loop by PostFromAnyThread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/error/error.h"
#include "controller/http/http_client.h"

namespace instanced {

struct ServerRequest {
  HttpMethod method = HttpMethod::kGet;
  std::string path;   // as sent, still percent-encoded
  std::string query;  // without the question mark
  HttpHeaders headers;
  std::string body;
};

struct HttpRoute {
  HttpMethod method = HttpMethod::kGet;
  std::string path_prefix;  // "/healthz" matches itself and "/healthz/...", "/" everything
  std::function<HttpResponse(const ServerRequest&)> handler;
};

// The route for a path: the longest prefix of the method (GET for HEAD). kWrongMethod when only
// other methods have one.
enum class RouteMiss { kNotFound, kWrongMethod };
std::expected<const HttpRoute*, RouteMiss> FindRoute(const std::vector<HttpRoute>& routes,
                                                     HttpMethod method, std::string_view path);

// PEM texts: the certificate with its chain, and its key. Checked when the server starts.
struct ServerTls {
  std::string cert_pem;
  std::string key_pem;
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  // 0: a free one
  std::size_t body_bytes_max = 1024 * 1024;
  // Threads of the process's listeners together; the first server that starts decides.
  int threads = 4;
  // HTTPS, TLS 1.2 or newer; plain HTTP without.
  std::optional<ServerTls> tls{};
};

class HttpServer final {
 public:
  // Listens when it returns. Fails with Terminal when the address cannot be bound, with Validation
  // on a certificate or key that cannot be used.
  static Result<std::unique_ptr<HttpServer>> Start(HttpServerOptions options,
                                                   std::vector<HttpRoute> routes);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer();

  std::uint16_t port() const;
  // Idempotent.
  void Close();

 private:
  struct Impl;
  explicit HttpServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace instanced
