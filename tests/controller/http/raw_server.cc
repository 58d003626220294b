#include "tests/controller/http/raw_server.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/write.hpp>
#include <charconv>

namespace instanced {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

RawConnection::RawConnection(RawServer& server, tcp::socket socket, int number)
    : server_(server), socket_(std::move(socket)), number_(number) {}

bool RawConnection::Fill() {
  char bytes[4096];
  error_code error;
  const std::size_t size = tls_ ? tls_->read_some(asio::buffer(bytes), error)
                                : socket_.read_some(asio::buffer(bytes), error);
  input_.append(bytes, size);
  return !error;
}

std::string RawConnection::ReadHead() {
  std::size_t end;
  while ((end = input_.find("\r\n\r\n")) == std::string::npos)
    if (!Fill()) return {};
  std::string head = input_.substr(0, end + 4);
  input_.erase(0, end + 4);
  return head;
}

std::string RawConnection::ReadRequest() {
  std::string request = ReadHead();
  if (request.empty()) return {};
  std::size_t length = 0;
  constexpr std::string_view kLength = "Content-Length: ";
  if (const auto at = request.find(kLength); at != std::string::npos)
    std::from_chars(request.data() + at + kLength.size(), request.data() + request.size(), length);
  while (input_.size() < length)
    if (!Fill()) return {};
  request += input_.substr(0, length);
  input_.erase(0, length);
  const std::lock_guard lock(server_.mutex_);
  server_.requests_.push_back(request);
  return request;
}

bool RawConnection::Write(std::string_view bytes) {
  error_code error;
  if (tls_) {
    asio::write(*tls_, asio::buffer(bytes), error);
  } else {
    asio::write(socket_, asio::buffer(bytes), error);
  }
  return !error;
}

void RawConnection::AwaitClose() {
  while (Fill()) {
  }
}

void RawConnection::Reset() {
  error_code ignored;
  socket_.set_option(asio::socket_base::linger(true, 0), ignored);
}

bool RawConnection::StartTls(asio::ssl::context& context) {
  error_code error;
  tls_.emplace(socket_, context);
  tls_->handshake(asio::ssl::stream_base::server, error);
  return !error;
}

std::unique_ptr<asio::ssl::context> ServerContext(const RawTls& tls) {
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  context->use_certificate_chain(asio::buffer(tls.identity.cert_pem));
  context->use_private_key(asio::buffer(tls.identity.key_pem), asio::ssl::context::pem);
  if (!tls.client_ca_pem.empty()) {
    context->add_certificate_authority(asio::buffer(tls.client_ca_pem));
    context->set_verify_mode(asio::ssl::verify_peer | asio::ssl::verify_fail_if_no_peer_cert);
  }
  return context;
}

RawServer::RawServer(Script script, std::optional<RawTls> tls)
    : acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)),
      tls_(tls ? ServerContext(*tls) : nullptr),
      script_(std::move(script)),
      acceptor_thread_([this] { Accept(); }) {}

RawServer::~RawServer() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    for (auto& connection : connections_) ::shutdown(connection.socket_.native_handle(), SHUT_RDWR);
  }
  ::shutdown(acceptor_.native_handle(), SHUT_RDWR);
  acceptor_thread_.join();
  for (auto& worker : workers_) worker.join();
}

void RawServer::Accept() {
  for (;;) {
    error_code error;
    tcp::socket socket = acceptor_.accept(error);
    const std::lock_guard lock(mutex_);
    if (error || stopping_) return;
    error_code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    const int number = static_cast<int>(workers_.size()) + 1;
    connections_.push_back(RawConnection(*this, std::move(socket), number));
    RawConnection& connection = connections_.back();
    workers_.emplace_back([this, &connection] { Serve(connection); });
  }
}

void RawServer::Serve(RawConnection& connection) {
  std::shared_ptr<asio::ssl::context> tls;
  {
    const std::lock_guard lock(mutex_);
    tls = tls_;
  }
  if (!tls || connection.StartTls(*tls)) script_(connection);
  error_code ignored;
  if (connection.tls_) connection.tls_->shutdown(ignored);
  const std::lock_guard lock(mutex_);
  connection.socket_.close(ignored);
  ++closed_;
  closed_changed_.notify_all();
}

HttpOrigin RawServer::origin() const {
  return {tls_ ? Scheme::kHttps : Scheme::kHttp, "127.0.0.1", acceptor_.local_endpoint().port()};
}

std::vector<std::string> RawServer::requests() const {
  const std::lock_guard lock(mutex_);
  return requests_;
}

int RawServer::connections() const {
  const std::lock_guard lock(mutex_);
  return static_cast<int>(workers_.size());
}

void RawServer::UseTls(const RawTls& tls) {
  std::shared_ptr<asio::ssl::context> context = ServerContext(tls);
  const std::lock_guard lock(mutex_);
  tls_ = std::move(context);
}

void RawServer::AwaitClosed(int count) {
  std::unique_lock lock(mutex_);
  closed_changed_.wait(lock, [&] { return closed_ >= count; });
}

std::string PlainAnswer(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

}  // namespace instanced
