// Who calls, and whether they may: by the uid of a unix socket's peer, or by a client certificate.
//
// Whoever the listener let in on the unix socket is the daemon's own user or root: an operator.
// Threads: safe.
#pragma once

#include <grpcpp/grpcpp.h>

#include <optional>
#include <string>

#include "controller/admin/access_rules.h"
#include "controller/admin/peer_book.h"

namespace instanced {

struct Caller {
  Role role = Role::kNobody;
  std::string name;  // "uid 1000", "certificate ada"; empty: nobody knows
};

Caller CallerOf(const grpc::ServerContext& context, const PeerBook& peers,
                const AccessRules& rules);

// Nothing when the caller may; else PERMISSION_DENIED with what would help.
std::optional<grpc::Status> Refusal(const Caller& caller, Role needed, std::string_view what);

}  // namespace instanced
