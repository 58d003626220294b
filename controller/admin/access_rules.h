// AccessRules: what the holder of a client certificate, or a user at the unix socket, may do.
//
// A name is the certificate's common name or any of its alternative names. Pure; any thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

namespace instanced {

enum class Role { kNobody, kReader, kOperator };
// "no role", "reader", "operator".
std::string_view ToString(Role role);

struct AccessRules {
  // Names; "*" is everybody whose certificate the authority signed.
  std::vector<std::string> operators;
  std::vector<std::string> readers{"*"};
  // Users that may look through the unix socket, besides the daemon's own and root, who may do all.
  std::vector<uid_t> socket_readers;

  Role RoleOf(const std::vector<std::string>& names) const;
  // `own`: the daemon's user.
  Role RoleOfUser(uid_t uid, uid_t own) const;
};

}  // namespace instanced
