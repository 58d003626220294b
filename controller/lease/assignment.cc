#include "controller/lease/assignment.h"

#include <algorithm>
#include <cstdint>

#include "api/object/digest.h"

namespace instanced {
namespace {

void MakeSet(std::vector<std::string>& names) {
  std::ranges::sort(names);
  const auto rest = std::ranges::unique(names);
  names.erase(rest.begin(), rest.end());
}

}  // namespace

// Rendezvous hashing: a member that comes or goes moves few domains; the bound makes it even.
Assignment AssignDomains(std::vector<std::string> domains, std::vector<std::string> members) {
  MakeSet(domains);
  MakeSet(members);
  Assignment assignment;
  if (members.empty()) return assignment;
  const std::size_t each = domains.size() / members.size();
  std::size_t extras = domains.size() % members.size();
  std::map<std::string, std::size_t> load;
  for (const auto& domain : domains) {
    const std::string* best = nullptr;
    std::uint64_t best_score = 0;
    for (const auto& member : members) {
      const bool room = load[member] < each || (load[member] == each && extras > 0);
      const auto score = Fingerprint(domain + "\n" + member);
      if (room && (!best || score > best_score)) {
        best = &member;
        best_score = score;
      }
    }
    if (load[*best]++ == each) --extras;
    assignment[domain] = *best;
  }
  return assignment;
}

}  // namespace instanced
