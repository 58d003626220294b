// Domain: what budgets, claims, sweeps and leases are counted by.
#pragma once

#include <compare>
#include <string>

namespace instanced {

struct Domain {
  std::string service;  // KindTraits::service
  std::string account;  // the account id, or "unverified:<ProviderConfig uid>" until it is known
  std::string region;
  friend auto operator<=>(const Domain&, const Domain&) = default;
};

}  // namespace instanced
