// The control port: cpprestsdk's listener in front of ServeControl, plus the two operations that
// need a loop, wait and stop.
//
// Threads: the listener's own threads only hand requests over; the Simulator is touched on the
// io_context given, which must outlive Close().
#pragma once

#include <utility>

#include <boost/asio/io_context.hpp>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "tests/cloudsim/api/simulator.h"
#include "tests/cloudsim/server/front.h"

namespace instanced::cloudsim {

class ControlListener {
 public:
  ControlListener(boost::asio::io_context& context, Simulator& simulator, RealClock clock,
                  std::function<void()> stop);
  ~ControlListener();
  ControlListener(const ControlListener&) = delete;
  ControlListener& operator=(const ControlListener&) = delete;

  // Binds 127.0.0.1. Port 0 takes a free one.
  std::expected<void, std::string> Open(std::uint16_t port);
  std::uint16_t port() const;
  void Close();

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace instanced::cloudsim
