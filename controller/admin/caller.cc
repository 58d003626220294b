#include "controller/admin/caller.h"

#include <grpc/grpc_security_constants.h>
#include <unistd.h>

#include <vector>

namespace instanced {

Caller CallerOf(const grpc::ServerContext& context, const PeerBook& peers,
                const AccessRules& rules) {
  if (const auto uid = peers.UidOf(context.peer())) {
    return {rules.RoleOfUser(*uid, geteuid()), "uid " + std::to_string(*uid), Caller::Way::kSocket};
  }
  const auto authentication = context.auth_context();
  if (!authentication || !authentication->IsPeerAuthenticated()) return {};
  std::vector<std::string> names;
  for (const char* property : {GRPC_X509_CN_PROPERTY_NAME, GRPC_X509_SAN_PROPERTY_NAME}) {
    for (const auto& value : authentication->FindPropertyValues(property)) {
      names.emplace_back(value.data(), value.size());
    }
  }
  Caller caller{rules.RoleOf(names), "certificate", Caller::Way::kNetwork};
  if (!names.empty()) caller.name += " " + names.front();
  return caller;
}

std::optional<grpc::Status> Refusal(const Caller& caller, Role needed, std::string_view what) {
  if (caller.role >= needed) return std::nullopt;
  const std::string who = caller.name.empty() ? "this connection" : caller.name;
  const bool reads = needed == Role::kReader;
  return grpc::Status(grpc::StatusCode::PERMISSION_DENIED,
                      who + " has " +
                          (caller.role == Role::kNobody ? "no role" : "the role of a reader") +
                          " and may not " + std::string(what) + "; " +
                          (caller.way == Caller::Way::kSocket
                               ? "through this socket only the daemon's own user and root may"
                               : std::string("the daemon's --admin-") +
                                     (reads ? "readers" : "operators") + " names who may"));
}

}  // namespace instanced
