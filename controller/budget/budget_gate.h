// BudgetGates: the CallGate of every domain, over one Budget.
//
// Enter spends, or answers Deferred with retry_after; Leave feeds the outcome back and tells the
// observer. Nothing was sent when Enter failed.
//
// Threads: the loop's. Ownership: budget, clock and observer outlive the gates, gates outlive
// every adapter.
#pragma once

#include <map>
#include <memory>
#include <string_view>

#include "controller/budget/budget.h"
#include "controller/clock/clock.h"
#include "controller/provider/call_gate.h"
#include "controller/provider/registry.h"

namespace instanced {

// Sees every call, for metrics; see call_metrics.h.
class CallObserver {
 public:
  virtual ~CallObserver() = default;
  virtual void OnDeferred(const Domain& domain, std::string_view operation) = 0;
  virtual void OnCall(const Domain& domain, std::string_view operation,
                      const CallOutcome& outcome) = 0;
};

class BudgetGates final : public GateSource {
 public:
  BudgetGates(Budget& budget, const Clock& clock, CallObserver& observer);
  ~BudgetGates() override;
  CallGate& GateFor(const Domain& domain) override;

 private:
  class Gate;
  Budget& budget_;
  const Clock& clock_;
  CallObserver& observer_;
  std::map<Domain, std::unique_ptr<Gate>> gates_;
};

}  // namespace instanced
