// The TCP front of the four simulated APIs: delimits requests, runs them through a Simulator, and
// stages what only a transport can do: delays, resets, silence, cut and dripping answers.
//
// It calls the Simulator in process; the cpprestsdk listener serves the control port only. Going
// through a second HTTP server would cost more per request than everything else together, and a
// reset or a cut answer cannot be expressed there anyway.
//
// Threads: everything happens on the io_context given; the Simulator is touched from nowhere else.
#pragma once

#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>

#include "tests/cloudsim/api/simulator.h"

namespace instanced::cloudsim {

using RealClock = std::function<Millis()>;

class Front {
 public:
  Front(boost::asio::io_context& context, Simulator& simulator, RealClock clock);

  // Binds 127.0.0.1. Port 0 takes a free one.
  std::expected<void, std::string> Listen(std::uint16_t port);
  std::uint16_t port() const { return port_; }

 private:
  void Accept();

  boost::asio::io_context& context_;
  Simulator& simulator_;
  RealClock clock_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
};

}  // namespace instanced::cloudsim
