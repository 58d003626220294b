#include "controller/budget/configured_rates.h"

#include <utility>

namespace instanced {

void ConfiguredRates::Say(const Domain& domain, const std::string& source, Rates rates,
                          MonotonicTime now) {
  BySource& said = said_[domain];
  const Rates before = std::exchange(said[source], std::move(rates));
  for (const auto& [operation, limit] : said[source]) {
    budget_.SetLimit(domain, operation, limit, now);
  }
  for (const auto& [operation, limit] : before) {
    if (!said[source].contains(operation)) Withdraw(domain, said, operation, now);
  }
}

void ConfiguredRates::Forget(const std::string& source, MonotonicTime now) {
  for (auto& [domain, said] : said_) {
    const auto gone = said.extract(source);
    if (gone.empty()) continue;
    for (const auto& [operation, limit] : gone.mapped()) Withdraw(domain, said, operation, now);
  }
  std::erase_if(said_, [](const auto& entry) { return entry.second.empty(); });
}

void ConfiguredRates::Withdraw(const Domain& domain, const BySource& others,
                               const std::string& operation, MonotonicTime now) {
  for (const auto& [source, rates] : others) {
    const auto found = rates.find(operation);
    if (found != rates.end()) return budget_.SetLimit(domain, operation, found->second, now);
  }
  budget_.ClearLimit(domain, operation, now);
}

}  // namespace instanced
