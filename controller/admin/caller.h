// Who calls, and whether they may: by the uid of a unix socket's peer, or by a client certificate.
//
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
  enum class Way { kNetwork, kSocket } way = Way::kNetwork;
};

Caller CallerOf(const grpc::ServerContext& context, const PeerBook& peers,
                const AccessRules& rules);

// Nothing when the caller may; else PERMISSION_DENIED with what would help.
std::optional<grpc::Status> Refusal(const Caller& caller, Role needed, std::string_view what);

}  // namespace instanced
