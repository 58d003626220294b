#include "controller/http/http_server.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <condition_variable>
#include <optional>
#include <stdexcept>
#include <utility>

#include <cpprest/http_listener.h>
#include <pplx/threadpool.h>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/context.hpp>

#include "controller/lock/lock.h"

namespace instanced {
namespace {

namespace rest = web::http;
using rest::experimental::listener::http_listener;

constexpr std::pair<const char*, HttpMethod> kMethods[] = {
    {"GET", HttpMethod::kGet},     {"PUT", HttpMethod::kPut},       {"POST", HttpMethod::kPost},
    {"PATCH", HttpMethod::kPatch}, {"DELETE", HttpMethod::kDelete}, {"HEAD", HttpMethod::kHead}};

std::optional<HttpMethod> ParseMethod(const std::string& text) {
  for (const auto& [name, method] : kMethods)
    if (text == name) return method;
  return std::nullopt;
}

// The listener wants to be told a port. One that is free now may be taken by the time it binds;
// the caller tries again.
std::uint16_t FreePort(const std::string& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE;
  addrinfo* found = nullptr;
  if (getaddrinfo(address.c_str(), "0", &hints, &found) != 0) return 0;
  std::uint16_t port = 0;
  const int socket = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  if (socket >= 0 && bind(socket, found->ai_addr, found->ai_addrlen) == 0 &&
      getsockname(socket, reinterpret_cast<sockaddr*>(&bound), &size) == 0) {
    port = ntohs(bound.ss_family == AF_INET6 ? reinterpret_cast<sockaddr_in6*>(&bound)->sin6_port
                                             : reinterpret_cast<sockaddr_in*>(&bound)->sin_port);
  }
  if (socket >= 0) close(socket);
  freeaddrinfo(found);
  return port;
}

void LimitThreads(int threads) {
  try {
    crossplat::threadpool::initialize_with_threads(static_cast<std::size_t>(threads));
  } catch (const std::exception&) {
    // The process's pool exists already: somebody else decided its size.
  }
}

std::optional<std::size_t> DeclaredLength(const rest::http_request& message) {
  if (message.headers().has("Transfer-Encoding")) return std::nullopt;
  const auto found = message.headers().find("Content-Length");
  if (found == message.headers().end()) return 0;
  std::size_t length = 0;
  const char* end = found->second.data() + found->second.size();
  const auto [parsed, error] = std::from_chars(found->second.data(), end, length);
  if (error != std::errc() || parsed != end) return std::nullopt;
  return length;
}

void UseTls(boost::asio::ssl::context& context, const ServerTls& tls) {
  namespace ssl = boost::asio::ssl;
  context.set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 |
                      ssl::context::no_sslv3 | ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
  context.use_certificate_chain(boost::asio::buffer(tls.cert_pem));
  context.use_private_key(boost::asio::buffer(tls.key_pem), ssl::context::pem);
  if (SSL_CTX_check_private_key(context.native_handle()) != 1) {
    throw std::runtime_error("the key does not belong to the certificate");
  }
}

// The listener meets a bad certificate with each connection; whoever starts it should hear of it.
Result<void> CheckTls(const ServerTls& tls) {
  try {
    boost::asio::ssl::context context(boost::asio::ssl::context::tls_server);
    UseTls(context, tls);
    return {};
  } catch (const std::exception& error) {
    return Fail(ErrorClass::kValidation, "InvalidTlsOptions",
                std::string("cannot use the TLS certificate and key: ") + error.what());
  }
}

rest::http_response ToRest(const HttpResponse& answer, bool with_body) {
  rest::http_response reply(static_cast<rest::status_code>(answer.status));
  if (with_body) reply.set_body(answer.body, "text/plain; charset=utf-8");
  for (const auto& [name, value] : answer.headers) {
    if (reply.headers().has(name)) reply.headers().remove(name);
    reply.headers().add(name, value);
  }
  return reply;
}

}  // namespace

struct HttpServer::Impl {
  HttpServerOptions options;
  std::vector<HttpRoute> routes;
  std::unique_ptr<http_listener> listener;
  Mutex mutex;
  std::condition_variable idle;
  int running INSTANCED_GUARDED_BY(mutex) = 0;
  bool closing INSTANCED_GUARDED_BY(mutex) = false;

  Result<void> Listen();
  void Accept(rest::http_request message);
  void Answer(const rest::http_request& message, HttpMethod method, std::string body);
  bool Enter();
  void Leave();
};

bool HttpServer::Impl::Enter() {
  const Locked lock(mutex);
  if (closing) return false;
  ++running;
  return true;
}

void HttpServer::Impl::Leave() {
  const Locked lock(mutex);
  if (--running == 0) idle.notify_all();
}

void HttpServer::Impl::Accept(rest::http_request message) {
  const auto method = ParseMethod(message.method());
  const auto length = DeclaredLength(message);
  if (!method || !length || *length > options.body_bytes_max) {
    message.reply(!method ? 501 : !length ? 411 : 413);
    return;
  }
  if (!Enter()) {
    message.reply(503);
    return;
  }
  message.extract_vector().then(
      [this, message, method](pplx::task<std::vector<unsigned char>> reading) {
        try {
          const auto body = reading.get();
          Answer(message, *method, std::string(body.begin(), body.end()));
        } catch (const std::exception&) {
          message.reply(500);
        }
        Leave();
      });
}

void HttpServer::Impl::Answer(const rest::http_request& message, HttpMethod method,
                              std::string body) {
  ServerRequest request;
  request.method = method;
  request.path = message.request_uri().path();
  request.query = message.request_uri().query();
  for (const auto& [name, value] : message.headers()) request.headers.emplace_back(name, value);
  request.body = std::move(body);
  const auto route = FindRoute(routes, method, request.path);
  if (!route) {
    message.reply(route.error() == RouteMiss::kNotFound ? 404 : 405);
    return;
  }
  message.reply(ToRest((*route)->handler(request), method != HttpMethod::kHead));
}

Result<void> HttpServer::Impl::Listen() {
  if (options.tls) {
    if (auto checked = CheckTls(*options.tls); !checked) return checked;
  }
  rest::experimental::listener::http_listener_config listener_config;
  if (options.tls) {
    listener_config.set_ssl_context_callback(
        [this](boost::asio::ssl::context& context) { UseTls(context, *options.tls); });
  }
  const std::string scheme = options.tls ? "https://" : "http://";
  const bool any_port = options.port == 0;
  std::string cause = "no free port";
  for (int attempt = 0; attempt < (any_port ? 5 : 1); ++attempt) {
    if (any_port) options.port = FreePort(options.address);
    const bool is_v6 = options.address.contains(':');
    const std::string host = is_v6 ? "[" + options.address + "]" : options.address;
    try {
      listener = std::make_unique<http_listener>(
          scheme + host + ":" + std::to_string(options.port) + "/", listener_config);
      listener->support([this](rest::http_request message) { Accept(std::move(message)); });
      listener->open().wait();
      return {};
    } catch (const std::exception& error) {
      cause = error.what();
      listener.reset();
    }
  }
  return Fail(ErrorClass::kTerminal, "CannotListen",
              "cannot listen on " + options.address + ": " + cause);
}

HttpServer::HttpServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

HttpServer::~HttpServer() { Close(); }

Result<std::unique_ptr<HttpServer>> HttpServer::Start(HttpServerOptions options,
                                                      std::vector<HttpRoute> routes) {
  LimitThreads(options.threads);
  auto impl = std::make_unique<Impl>();
  impl->options = std::move(options);
  impl->routes = std::move(routes);
  if (auto listening = impl->Listen(); !listening)
    return std::unexpected(std::move(listening.error()));
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(impl)));
}

std::uint16_t HttpServer::port() const { return impl_->options.port; }

void HttpServer::Close() {
  if (!impl_->listener) return;
  {
    const Locked lock(impl_->mutex);
    impl_->closing = true;
  }
  try {
    impl_->listener->close().wait();
  } catch (const std::exception&) {
    // The port is given back by the listener's destructor then.
  }
  {
    Locked lock(impl_->mutex);
    lock.Wait(impl_->idle,
              [this]() INSTANCED_REQUIRES(impl_->mutex) { return impl_->running == 0; });
  }
  impl_->listener.reset();
}

}  // namespace instanced
