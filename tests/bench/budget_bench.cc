// The budget: a call that passes, and 10,000 parked keys let go in turn.
#include <string>

#include <benchmark/benchmark.h>

#include "controller/budget/budget.h"

namespace instanced {
namespace {

constexpr MonotonicTime kStart{std::chrono::hours(1)};
const Domain kDomain{"connect", "123456789012", "eu-central-1"};

ObjectKey Key(int number) {
  return {Kind::kConnectInstance, "team-" + std::to_string(number % 100),
          "desk-" + std::to_string(number)};
}

void SpendAndReport(benchmark::State& state) {
  Budget budget;
  const ObjectKey key = Key(1);
  MonotonicTime now = kStart;
  for (auto _ : state) {
    now += std::chrono::seconds(1);
    benchmark::DoNotOptimize(
        budget.Spend(kDomain, "connect:DescribeInstance", key, Priority::kDrift, now));
    budget.Report(kDomain, "connect:DescribeInstance", std::nullopt, std::nullopt, now);
  }
}
BENCHMARK(SpendAndReport);

// One key parks, one is let go and spends, while `range` others wait.
void ParkAndPop(benchmark::State& state) {
  Budget budget;
  const std::vector<std::string> operations{"connect:DescribeInstance",
                                            "connect:ListInstanceAttributes"};
  MonotonicTime now = kStart;
  for (int i = 0; i < state.range(0); ++i) {
    budget.Reserve(kDomain, operations, Key(i), Priority::kDrift, now);
  }
  for (auto _ : state) {
    now = budget.NextWake(now).value_or(now);
    for (const ObjectKey& key : budget.PopReady(now)) {
      for (const auto& operation : operations) {
        benchmark::DoNotOptimize(budget.Spend(kDomain, operation, key, Priority::kDrift, now));
      }
      budget.Reserve(kDomain, operations, key, Priority::kDrift, now);
    }
  }
  state.counters["parked"] = static_cast<double>(budget.parked());
}
BENCHMARK(ParkAndPop)->Arg(10'000);

}  // namespace
}  // namespace instanced
