// Idle keep-alive connections by origin, the most recently used first. Internal to this room.
//
// Promises: Take() gives only connections that the other side has neither closed nor written to
// since; none rests longer than the idle timeout. Threads: the loop's thread.
#pragma once

#include <utility>

#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>

#include "controller/clock/clock.h"
#include "controller/http/connection.h"
#include "controller/http/http_client.h"
#include "controller/task/loop.h"

namespace instanced {

class ConnectionPool {
 public:
  ConnectionPool(Loop& loop, Duration idle_timeout, std::size_t idle_per_origin_max);
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;
  ~ConnectionPool();

  // Null when none is usable.
  std::shared_ptr<HttpConnection> Take(const HttpOrigin& origin);
  // Closes the longest unused one when there are too many.
  void Put(const HttpOrigin& origin, std::shared_ptr<HttpConnection> connection);
  void Clear();

 private:
  struct Idle {
    std::shared_ptr<HttpConnection> connection;
    MonotonicTime since;
  };
  void ArmSweep();
  void Sweep();

  Loop& loop_;
  Duration idle_timeout_;
  std::size_t idle_per_origin_max_;
  std::map<HttpOrigin, std::deque<Idle>> idle_;  // oldest in front
  boost::asio::steady_timer sweep_timer_;
  bool sweep_armed_ = false;
  std::shared_ptr<char> alive_ = std::make_shared<char>();
};

}  // namespace instanced
