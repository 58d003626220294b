#include "controller/budget/call_metrics.h"

namespace instanced {

void CallMetrics::OnDeferred(const Domain& domain, std::string_view operation) {
  metrics_.Count(Metric::kProviderDeferred, {domain.service, operation});
}

void CallMetrics::OnCall(const Domain& domain, std::string_view operation,
                         const CallOutcome& outcome) {
  const std::string_view result =
      outcome.error_class ? ToString(*outcome.error_class) : std::string_view("Success");
  metrics_.Count(Metric::kProviderCalls, {domain.service, operation, result});
  metrics_.Observe(Metric::kProviderCallDuration, {domain.service, operation},
                   std::chrono::duration<double>(outcome.latency).count());
  if (outcome.error_class == ErrorClass::kThrottled) {
    metrics_.Count(Metric::kProviderThrottles, {domain.service, operation});
  }
}

void ShowBudgets(const Budget& budget, MonotonicTime now, Metrics& metrics) {
  for (const BudgetLine& line : budget.Lines(now)) {
    const Metrics::LabelValues labels{line.domain.service, line.domain.account, line.domain.region,
                                      line.operation};
    metrics.Set(Metric::kBudgetRemaining, labels, line.available);
    metrics.Set(Metric::kBudgetRate, labels, line.rate);
    metrics.Set(Metric::kBudgetCeiling, labels, line.ceiling);
    metrics.Set(Metric::kBudgetParked, labels, static_cast<double>(line.parked));
  }
}

}  // namespace instanced
