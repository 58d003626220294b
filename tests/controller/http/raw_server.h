// A server below HTTP: each connection runs a script of raw reads and writes on its own thread.
//
// For what a proper listener cannot express: effects without an answer, cut and endless answers,
// bytes nobody asked for. Counts what arrived, so that tests can say "exactly once".
#pragma once

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <condition_variable>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "controller/http/http_client.h"
#include "tests/controller/http/test_certificates.h"

namespace instanced {

class RawServer;

class RawConnection {
 public:
  // Head and body of the next request, recorded by the server; empty when the peer closed.
  std::string ReadRequest();
  // The same for bytes that must not be recorded as a request (CONNECT).
  std::string ReadHead();
  // False when the peer closed.
  bool Write(std::string_view bytes);
  // Waits until the peer closes.
  void AwaitClose();
  // Ends with a reset instead of an orderly close.
  void Reset();
  // Ends TLS without a word, as a cut cable does.
  void Abandon() { tls_.reset(); }
  // From here on TLS, as a tunnel's far end does.
  bool StartTls(boost::asio::ssl::context& context);
  int number() const { return number_; }  // 1 for the server's first connection

 private:
  friend class RawServer;
  RawConnection(RawServer& server, boost::asio::ip::tcp::socket socket, int number);
  bool Fill();

  RawServer& server_;
  boost::asio::ip::tcp::socket socket_;
  std::optional<boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>> tls_;
  std::string input_;
  int number_;
};

struct RawTls {
  Identity identity;
  std::string client_ca_pem;  // not empty: clients must show a certificate of this authority
};
std::unique_ptr<boost::asio::ssl::context> ServerContext(const RawTls& tls);

class RawServer {
 public:
  // The connection is closed when the script returns.
  using Script = std::function<void(RawConnection&)>;
  explicit RawServer(Script script, std::optional<RawTls> tls = std::nullopt);
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;
  ~RawServer();

  HttpOrigin origin() const;
  std::vector<std::string> requests() const;
  int connections() const;
  // Another certificate for the connections that come from here on.
  void UseTls(const RawTls& tls);
  // Until `count` connections have been closed from this side.
  void AwaitClosed(int count);

 private:
  friend class RawConnection;
  void Accept();
  void Serve(RawConnection& connection);

  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::shared_ptr<boost::asio::ssl::context> tls_;
  Script script_;
  mutable std::mutex mutex_;
  std::condition_variable closed_changed_;
  std::vector<std::string> requests_;
  std::list<RawConnection> connections_;
  std::vector<std::thread> workers_;
  int closed_ = 0;
  bool stopping_ = false;
  std::thread acceptor_thread_;
};

// "HTTP/1.1 200 OK" with a length and `body`.
std::string PlainAnswer(std::string_view body);

}  // namespace instanced
