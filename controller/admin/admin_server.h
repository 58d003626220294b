// AdminServer: the control API (api/admin/v1) on a unix socket, with health and reflection.
//
// Only the daemon's own user and root get in: the socket has mode 0600, and each connection's peer
// is asked for its uid by the kernel (SO_PEERCRED) before gRPC sees it. A socket file that a dead
// daemon left behind is replaced; a live one is an error.
//
// Threads: starts its own; Start and Stop from one thread. Ownership: borrows backend and clock.
#pragma once

#include <filesystem>
#include <memory>

#include "api/error/error.h"
#include "controller/admin/backend.h"

namespace instanced {

class AdminServer {
 public:
  // Terminal with the path and the cause when the socket cannot be made.
  static Result<std::unique_ptr<AdminServer>> Start(const std::filesystem::path& socket,
                                                    AdminBackend& backend, const Clock& clock);
  virtual ~AdminServer() = default;
  // Removes the socket, lets calls under way end within a second, then breaks them off. The
  // destructor does the same.
  virtual void Stop() = 0;
};

}  // namespace instanced
