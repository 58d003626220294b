#include "controller/budget/budget_gate.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace instanced {
namespace {

class FixedClock final : public Clock {
 public:
  MonotonicTime Now() const override { return now; }
  WallTime WallNow() const override { return {}; }
  MonotonicTime now{std::chrono::hours(1)};
};

class NotedCalls final : public CallObserver {
 public:
  void OnDeferred(const Domain& domain, std::string_view operation) override {
    notes.push_back("deferred " + domain.service + " " + std::string(operation));
  }
  void OnCall(const Domain& domain, std::string_view operation,
              const CallOutcome& outcome) override {
    notes.push_back("called " + domain.service + " " + std::string(operation) + " " +
                    std::string(outcome.error_class ? ToString(*outcome.error_class) : "Success"));
  }
  std::vector<std::string> notes;
};

class BudgetGateTest : public ::testing::Test {
 protected:
  const Domain domain{"connect", "1", "r"};
  const CallContext context{.key = {Kind::kConnectInstance, "default", "a"},
                            .priority = Priority::kUrgent,
                            .deadline = {},
                            .stop = {},
                            .trace = {}};
  FixedClock clock;
  NotedCalls calls;
  Budget budget;
  BudgetGates gates{budget, clock, calls};
};

TEST_F(BudgetGateTest, SameDomainHasTheSameGate) {
  EXPECT_EQ(&gates.GateFor(domain), &gates.GateFor(Domain{"connect", "1", "r"}));
  EXPECT_NE(&gates.GateFor(domain), &gates.GateFor(Domain{"connect", "2", "r"}));
}

TEST_F(BudgetGateTest, CallWithoutSlotIsDeferredAndSurelyNotSent) {
  CallGate& gate = gates.GateFor(domain);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(gate.Enter(context, "connect:DescribeInstance"));
  const auto refused = gate.Enter(context, "connect:DescribeInstance");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().error_class, ErrorClass::kDeferred);
  EXPECT_EQ(refused.error().reach, Reach::kNotSent);
  EXPECT_EQ(refused.error().retry_after, std::chrono::milliseconds(625));
  EXPECT_EQ(calls.notes, std::vector<std::string>{"deferred connect connect:DescribeInstance"});
}

TEST_F(BudgetGateTest, ThrottledOutcomeShrinksTheBudgetAndIsObserved) {
  CallGate& gate = gates.GateFor(domain);
  ASSERT_TRUE(gate.Enter(context, "Describe"));
  gate.Leave(context, "Describe",
             {.error_class = ErrorClass::kThrottled,
              .code = "ThrottlingException",
              .retry_after = std::chrono::milliseconds(7000)});
  EXPECT_EQ(calls.notes, std::vector<std::string>{"called connect Describe Throttled"});
  EXPECT_FALSE(gate.Enter(context, "Describe"));
  clock.now += std::chrono::seconds(9);
  EXPECT_TRUE(gate.Enter(context, "Describe"));
}

}  // namespace
}  // namespace instanced
