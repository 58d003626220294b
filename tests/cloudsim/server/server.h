// The simulated clouds as one object: state file, front, control port and the thread they run on.
// The program `cloudsim` is this plus flags; tests may hold one in process.
#pragma once

#include <atomic>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "controller/clock/clock.h"
#include "tests/cloudsim/api/simulator.h"

namespace instanced::cloudsim {

struct ServerOptions {
  SimulatorOptions simulator;
  std::uint16_t port = 0;          // 0: a free one
  std::uint16_t control_port = 0;  // 0: a free one
  std::string state_path;          // empty: memory only
};

class Server {
 public:
  // `clock` must outlive the server and be safe to use from another thread.
  Server(ServerOptions options, const Clock& clock);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Loads the state, binds both ports and starts the thread.
  std::expected<void, std::string> Start();
  // Stops accepting and joins the thread. Held and delayed calls are dropped. Safe to repeat.
  void Stop();
  // Whether the control endpoint has asked for the end.
  bool StopAsked() const;

  std::uint16_t port() const;
  std::uint16_t control_port() const;
  // Runs `work` on the server's thread and waits for it: the way to reach the Simulator.
  void Do(const std::function<void(Simulator&)>& work);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace instanced::cloudsim
