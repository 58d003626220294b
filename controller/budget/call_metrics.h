// CallMetrics: what the gates see of every call, as metrics.
// Threads: the loop's. Ownership: Metrics outlives it.
#pragma once

#include "controller/budget/budget_gate.h"
#include "controller/telemetry/metrics.h"

namespace instanced {

class CallMetrics final : public CallObserver {
 public:
  explicit CallMetrics(Metrics& metrics) : metrics_(metrics) {}
  void OnDeferred(const Domain& domain, std::string_view operation) override;
  void OnCall(const Domain& domain, std::string_view operation,
              const CallOutcome& outcome) override;

 private:
  Metrics& metrics_;
};

// Writes what is left of every budget; before a scrape, or every few seconds.
void ShowBudgets(const Budget& budget, MonotonicTime now, Metrics& metrics);

}  // namespace instanced
