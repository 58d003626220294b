// ConfiguredRates: who configured which rate, so that one which is taken out again gives way: to
// what another still says of the same operation, else to the limit that holds without it.
//
// Several may speak of one domain (two ProviderConfigs of one account): of what they say of one
// operation, the last holds.
// Threads: the loop's. Ownership: borrows the budget.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "controller/budget/budget.h"

namespace instanced {

class ConfiguredRates {
 public:
  // By operation; an empty one means every one without a rate of its own.
  using Rates = std::map<std::string, RateLimit, std::less<>>;

  explicit ConfiguredRates(Budget& budget) : budget_(budget) {}
  // All that `source` says of `domain`, in place of what it said before.
  void Say(const Domain& domain, const std::string& source, Rates rates, MonotonicTime now);
  // `source` says nothing any more, of any domain.
  void Forget(const std::string& source, MonotonicTime now);

 private:
  using BySource = std::map<std::string, Rates>;
  void Withdraw(const Domain& domain, const BySource& others, const std::string& operation,
                MonotonicTime now);

  Budget& budget_;
  std::map<Domain, BySource> said_;
};

}  // namespace instanced
