// AccessRules: what the holder of a client certificate may do.
//
// A name is the certificate's common name or any of its alternative names. Pure; any thread.
#pragma once

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

  Role RoleOf(const std::vector<std::string>& names) const;
};

}  // namespace instanced
