// AdminServer: the control API (api/admin/v1) on a unix socket, with health and reflection; also on
// TCP where asked for, over mutual TLS alone.
//
// Only the daemon's own user and root get in: the socket has mode 0600, and the kernel is asked for
// each connection's uid (SO_PEERCRED) before gRPC sees it. Where other users may look, everybody
// may reach the socket (0666), and whoever is not among them is closed unheard. A socket file that
// a dead daemon left behind is replaced; a live one is an error.
//
// On TCP a client needs a certificate that the given authority signed and that is valid now; its
// names decide its role (access_rules.h).
//
// Threads: starts its own; Start and Stop from one thread. Ownership: borrows backend and clock.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/error/error.h"
#include "controller/admin/access_rules.h"
#include "controller/admin/backend.h"

namespace instanced {

// PEM texts.
struct AdminTls {
  std::string address;  // "127.0.0.1:8443"; port 0: any free one
  std::string certificate;
  std::string private_key;
  std::string client_authority;
  AccessRules rules;
};

// Who gets in besides the daemon's own user and root at the unix socket.
struct AdminAccess {
  std::optional<AdminTls> tls{};
  std::vector<uid_t> socket_readers{};
};

class AdminServer {
 public:
  // Terminal with the path and the cause when the socket cannot be made.
  static Result<std::unique_ptr<AdminServer>> Start(const std::filesystem::path& socket,
                                                    AdminBackend& backend, const Clock& clock,
                                                    AdminAccess access = {});
  virtual ~AdminServer() = default;
  // Removes the socket, lets calls under way end within a second, then breaks them off. The
  // destructor does the same.
  virtual void Stop() = 0;
  // Of the TCP listener; 0 without one.
  virtual int port() const = 0;
};

}  // namespace instanced
