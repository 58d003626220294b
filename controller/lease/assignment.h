// Assignment: which member should hold which domain, from the same facts the same answer
// everywhere.
//
// Promises: every domain has exactly one member (none without members); the numbers of domains of
// two members differ by at most one; the order of the arguments does not matter. Replicas that see
// different members for a moment may wish for the same domain: its lease decides.
// Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace instanced {

using Assignment = std::map<std::string, std::string>;  // domain to member

Assignment AssignDomains(std::vector<std::string> domains, std::vector<std::string> members);

}  // namespace instanced
