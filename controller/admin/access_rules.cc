#include "controller/admin/access_rules.h"

#include <algorithm>
#include <utility>

namespace instanced {
namespace {

bool Holds(const std::vector<std::string>& list, const std::vector<std::string>& names) {
  return std::ranges::any_of(list, [&](const std::string& entry) {
    return entry == "*" || std::ranges::find(names, entry) != names.end();
  });
}

}  // namespace

std::string_view ToString(Role role) {
  switch (role) {
    case Role::kNobody:
      return "no role";
    case Role::kReader:
      return "reader";
    case Role::kOperator:
      return "operator";
  }
  std::unreachable();
}

Role AccessRules::RoleOf(const std::vector<std::string>& names) const {
  if (Holds(operators, names)) return Role::kOperator;
  return Holds(readers, names) ? Role::kReader : Role::kNobody;
}

Role AccessRules::RoleOfUser(uid_t uid, uid_t own) const {
  if (uid == own || uid == 0) return Role::kOperator;
  return std::ranges::find(socket_readers, uid) == socket_readers.end() ? Role::kNobody
                                                                        : Role::kReader;
}

}  // namespace instanced
