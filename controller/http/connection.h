// One TCP or TLS connection to an origin, its operations awaited one at a time. Internal to this
// room.
//
// Promises: at most one operation runs at once; Abort() ends it soon, whatever it is; buffers
// live in the connection, so that the awaiting coroutine may be destroyed at any time.
// Threads: the loop's thread. Ownership: shared between the coroutine and the running operation.
#pragma once

#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/clock/clock.h"
#include "controller/http/http_client.h"
#include "controller/task/completion.h"
#include "controller/task/loop.h"

namespace instanced {

struct IoResult {
  boost::system::error_code error;
  std::size_t bytes = 0;
};

class HttpConnection final : public std::enable_shared_from_this<HttpConnection> {
 public:
  using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;

  explicit HttpConnection(Loop& loop);
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  // Look up `host`; the addresses are kept for Connect. No look-up for an address.
  Completion<IoResult> Resolve(const std::string& host, std::uint16_t port);
  // Tries the addresses in turn.
  Completion<IoResult> Connect();
  // `name` is what the server must prove to be.
  Completion<IoResult> Handshake(boost::asio::ssl::context& context, const std::string& name);
  Completion<IoResult> Write(std::string head, std::string body);
  // Appends what has arrived to input(), at least a byte.
  Completion<IoResult> Read();

  // What Abort says when `when` comes; replaces an earlier deadline.
  void SetDeadline(MonotonicTime when, HttpFailure failure);
  void ClearDeadline();
  // Closes, and ends the running operation; the first reason stays.
  void Abort(HttpFailure why);
  std::optional<HttpFailure> aborted() const { return aborted_; }
  void Close();

  // Whether the other side has neither closed nor sent anything unasked. One system call.
  bool IsQuiet();
  bool is_tls() const { return tls_.has_value(); }
  // Why the peer's certificate was refused; empty when it was not.
  std::string VerifyFailure();
  boost::beast::flat_buffer& input() { return input_; }

 private:
  using Socket = boost::asio::ip::tcp::socket;
  template <class Operation>
  void OnStream(Operation operation);
  auto Handler(const Completion<IoResult>& done);
  const Completion<IoResult>& Begin();
  void AwaitInput(Completion<IoResult> done);
  void ArmAlarm();

  Loop& loop_;
  Socket socket_;
  boost::asio::ip::tcp::resolver resolver_;
  boost::asio::steady_timer deadline_timer_;
  struct Deadline {
    MonotonicTime when;
    HttpFailure failure;
  };
  std::optional<Deadline> deadline_;
  std::optional<MonotonicTime> alarm_at_;
  std::optional<boost::asio::ssl::stream<Socket&>> tls_;
  Endpoints endpoints_;
  Completion<IoResult> running_;
  std::optional<HttpFailure> aborted_;
  std::string head_;
  std::string body_;
  boost::beast::flat_buffer input_;
};

}  // namespace instanced
