#include "controller/budget/budget_gate.h"

#include <string>

namespace instanced {

class BudgetGates::Gate final : public CallGate {
 public:
  Gate(const Domain& domain, BudgetGates& gates) : domain_(domain), gates_(gates) {}

  Result<void> Enter(const CallContext& context, std::string_view operation) override {
    const auto wait = gates_.budget_.Spend(domain_, operation, context.key, context.priority,
                                           gates_.clock_.Now());
    if (!wait) return {};
    gates_.observer_.OnDeferred(domain_, operation);
    Error error;
    error.error_class = ErrorClass::kDeferred;
    error.code = "BudgetExhausted";
    error.message = "cannot call " + std::string(operation) +
                    " now: the account's rate budget has no free slot";
    error.operation = operation;
    error.retry_after = std::chrono::ceil<std::chrono::milliseconds>(*wait);
    error.reach = Reach::kNotSent;
    return std::unexpected(std::move(error));
  }

  void Leave(const CallContext&, std::string_view operation, const CallOutcome& outcome) override {
    gates_.budget_.Report(domain_, operation, outcome.error_class, outcome.retry_after,
                          gates_.clock_.Now());
    gates_.observer_.OnCall(domain_, operation, outcome);
  }

 private:
  Domain domain_;
  BudgetGates& gates_;
};

BudgetGates::BudgetGates(Budget& budget, const Clock& clock, CallObserver& observer)
    : budget_(budget), clock_(clock), observer_(observer) {}
BudgetGates::~BudgetGates() = default;

CallGate& BudgetGates::GateFor(const Domain& domain) {
  auto& gate = gates_[domain];
  if (!gate) gate = std::make_unique<Gate>(domain, *this);
  return *gate;
}

}  // namespace instanced
