#include "controller/http/connection.h"

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/connect.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/write.hpp>

#include "controller/http/tls_context.h"
#include "controller/task/loop_asio.h"

namespace instanced {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {
constexpr std::size_t kReadBytes = 16 * 1024;
}  // namespace

HttpConnection::HttpConnection(Loop& loop)
    : loop_(loop),
      socket_(IoContextOf(loop)),
      resolver_(IoContextOf(loop)),
      deadline_timer_(IoContextOf(loop)) {}

const Completion<IoResult>& HttpConnection::Begin() {
  running_ = Completion<IoResult>();
  if (aborted_) running_.Set({asio::error::operation_aborted, 0});
  return running_;
}

auto HttpConnection::Handler(const Completion<IoResult>& done) {
  return [self = shared_from_this(), done](const error_code& error, std::size_t bytes = 0) {
    done.Set({error, bytes});
  };
}

template <class Operation>
void HttpConnection::OnStream(Operation operation) {
  if (tls_) {
    operation(*tls_);
  } else {
    operation(socket_);
  }
}

Completion<IoResult> HttpConnection::Resolve(const std::string& host, std::uint16_t port) {
  const auto done = Begin();
  if (done.IsSet()) return done;
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (!error) {
    endpoints_ = {tcp::endpoint(address, port)};
    done.Set({});
    return done;
  }
  resolver_.async_resolve(
      host, std::to_string(port), tcp::resolver::numeric_service,
      [self = shared_from_this(), done](const error_code& failure,
                                        const tcp::resolver::results_type& results) {
        self->endpoints_.assign(results.begin(), results.end());
        done.Set({failure, 0});
      });
  return done;
}

Completion<IoResult> HttpConnection::Connect() {
  const auto done = Begin();
  if (done.IsSet()) return done;
  asio::async_connect(socket_, endpoints_,
                      [self = shared_from_this(), done](error_code error, const tcp::endpoint&) {
                        error_code ignored;
                        self->socket_.set_option(tcp::no_delay(true), ignored);
                        self->socket_.non_blocking(true, ignored);
                        // A look-up that lost against Abort() may have opened the socket again.
                        if (self->aborted_) self->Close();
                        done.Set({error, 0});
                      });
  return done;
}

Completion<IoResult> HttpConnection::Handshake(asio::ssl::context& context,
                                               const std::string& name) {
  const auto done = Begin();
  if (done.IsSet()) return done;
  tls_.emplace(socket_, context);
  if (!ExpectServer(tls_->native_handle(), name)) {
    done.Set({asio::error::invalid_argument, 0});
    return done;
  }
  tls_->async_handshake(asio::ssl::stream_base::client, Handler(done));
  return done;
}

Completion<IoResult> HttpConnection::Write(std::string head, std::string body) {
  const auto done = Begin();
  if (done.IsSet()) return done;
  head_ = std::move(head);
  body_ = std::move(body);
  // One TLS record, one segment: small bodies go with the head.
  if (body_.size() <= 16 * 1024) {
    head_ += body_;
    body_.clear();
  }
  std::size_t sent = 0;
  if (!tls_ && body_.empty()) {
    // Nearly always there is room for all of it at once.
    error_code error;
    sent = socket_.write_some(asio::buffer(head_), error);
    const bool full = error == asio::error::would_block;
    if (sent == head_.size() || (error && !full)) {
      done.Set({error, sent});
      return done;
    }
  }
  OnStream([&](auto& stream) {
    if (body_.empty()) {
      asio::async_write(
          stream, asio::buffer(head_) + sent,
          [self = shared_from_this(), done, sent](const error_code& error, std::size_t bytes) {
            done.Set({error, sent + bytes});
          });
    } else {
      const std::array<asio::const_buffer, 2> parts{asio::buffer(head_), asio::buffer(body_)};
      asio::async_write(stream, parts, Handler(done));
    }
  });
  return done;
}

Completion<IoResult> HttpConnection::Read() {
  const auto done = Begin();
  if (done.IsSet()) return done;
  if (!tls_) {
    AwaitInput(done);
    return done;
  }
  tls_->async_read_some(
      input_.prepare(kReadBytes),
      [self = shared_from_this(), done](const error_code& error, std::size_t bytes) {
        self->input_.commit(bytes);
        done.Set({error, bytes});
      });
  return done;
}

// Waits without a buffer: with thousands of calls in flight the buffers would be most of the
// memory.
void HttpConnection::AwaitInput(Completion<IoResult> done) {
  socket_.async_wait(Socket::wait_read, [self = shared_from_this(), done](error_code error) {
    std::array<char, kReadBytes> bytes;
    std::size_t got = 0;
    if (!error) got = self->socket_.read_some(asio::buffer(bytes), error);
    if (error == asio::error::would_block) return self->AwaitInput(done);
    asio::buffer_copy(self->input_.prepare(got), asio::buffer(bytes, got));
    self->input_.commit(got);
    done.Set({error, got});
  });
}

void HttpConnection::SetDeadline(MonotonicTime when, HttpFailure failure) {
  deadline_ = {when, failure};
  if (alarm_at_ && *alarm_at_ <= when) return;
  deadline_timer_.cancel();
  ArmAlarm();
}

// The alarm rings at the earliest deadline there was since it was set, and then looks: a connection
// that is used again and again needs no new alarm for each call.
void HttpConnection::ArmAlarm() {
  alarm_at_ = deadline_->when;
  deadline_timer_.expires_after(std::max(deadline_->when - loop_.Now(), Duration::zero()));
  deadline_timer_.async_wait([weak = weak_from_this()](const error_code& error) {
    const auto self = weak.lock();
    if (error || !self) return;
    self->alarm_at_.reset();
    if (!self->deadline_) return;
    if (self->deadline_->when <= self->loop_.Now()) return self->Abort(self->deadline_->failure);
    self->ArmAlarm();
  });
}

void HttpConnection::ClearDeadline() { deadline_.reset(); }

void HttpConnection::Abort(HttpFailure why) {
  if (aborted_) return;
  aborted_ = why;
  Close();
  // A look-up in the system's resolver cannot be interrupted; its late answer is ignored.
  running_.Set({asio::error::operation_aborted, 0});
}

void HttpConnection::Close() {
  error_code ignored;
  ClearDeadline();
  deadline_timer_.cancel();
  alarm_at_.reset();
  resolver_.cancel();
  socket_.close(ignored);
}

bool HttpConnection::IsQuiet() {
  if (!socket_.is_open() || input_.size() != 0) return false;
  char byte;
  const auto seen = ::recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return seen < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

std::string HttpConnection::VerifyFailure() {
  if (!tls_) return {};
  const long verdict = SSL_get_verify_result(tls_->native_handle());
  return verdict == X509_V_OK ? std::string() : X509_verify_cert_error_string(verdict);
}

}  // namespace instanced
