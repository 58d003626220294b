// One client connection of the front: requests one after the other, each through
// received -> [hold] -> latency -> effect -> [hold] -> answer, or cut short by its fault plan.
#pragma once

#include <utility>

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <string>

#include "tests/cloudsim/server/front.h"
#include "tests/cloudsim/server/http_parser.h"

namespace instanced::cloudsim {

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(boost::asio::ip::tcp::socket socket, Simulator& simulator, RealClock clock);

  // Reads until a request is complete, then runs it. Ends when the connection does.
  void Read();

 private:
  void Consume();
  void Start(Request request);
  void Delay();
  void Perform();
  void Deliver();
  void Send(std::string bytes, Ending ending, AfterAnswer after);
  void Drip(std::size_t from);
  void Settle(Ending ending, AfterAnswer after);
  void Reset();
  void StaySilent();

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  Simulator& simulator_;
  RealClock clock_;
  std::array<char, 8192> chunk_{};
  std::string buffer_;
  std::string out_;
  FaultPlan plan_;
  AfterAnswer after_ = AfterAnswer::kKeepOpen;
  std::int64_t seq_ = 0;
};

}  // namespace instanced::cloudsim
