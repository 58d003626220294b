#include "controller/budget/configured_rates.h"

#include <gtest/gtest.h>

namespace instanced {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

const Domain kConnect{"connect", "123456789012", "eu-central-1"};

RateLimit Of(double per_second, double burst) {
  return {per_second, burst, LimitOrigin::kConfigured};
}

// A fifth of each rate is kept free; Connect's own is 2 calls a second, 5 at once.
class ConfiguredRatesTest : public ::testing::Test {
 protected:
  std::optional<Duration> Call(const std::string& operation) {
    return budget_.Spend(kConnect, operation, {Kind::kConnectInstance, "default", "desk"},
                         Priority::kUrgent, now_);
  }
  BudgetLine LineOf(const std::string& operation) {
    for (const auto& line : budget_.Lines(now_)) {
      if (line.operation == operation) return line;
    }
    ADD_FAILURE() << "no bucket of " << operation;
    return {};
  }

  MonotonicTime now_{std::chrono::hours(1)};
  Budget budget_;
  ConfiguredRates rates_{budget_};
};

TEST_F(ConfiguredRatesTest, ARateThatIsTakenOutGivesWayToThePublishedOne) {
  rates_.Say(kConnect, "a", {{"Tag", Of(50, 100)}, {"", Of(10, 20)}}, now_);
  Call("Describe");
  EXPECT_DOUBLE_EQ(LineOf("Tag").ceiling, 40);
  EXPECT_DOUBLE_EQ(LineOf("Describe").ceiling, 8);
  rates_.Say(kConnect, "a", {{"", Of(10, 20)}}, now_);
  EXPECT_DOUBLE_EQ(LineOf("Tag").ceiling, 8) << "what it says of the others holds";
  rates_.Say(kConnect, "a", {}, now_);
  for (const char* operation : {"Tag", "Describe"}) {
    EXPECT_DOUBLE_EQ(LineOf(operation).ceiling, 1.6) << operation;
    EXPECT_EQ(LineOf(operation).capacity, 4) << operation;
    EXPECT_LE(LineOf(operation).available, 4) << operation;
    EXPECT_EQ(LineOf(operation).origin, LimitOrigin::kPublished) << operation;
  }
  Call("Untag");
  EXPECT_DOUBLE_EQ(LineOf("Untag").ceiling, 1.6) << "and of what is called later";
}

TEST_F(ConfiguredRatesTest, WhatAnotherStillSaysHolds) {
  rates_.Say(kConnect, "a", {{"Tag", Of(1, 5)}}, now_);
  rates_.Say(kConnect, "b", {{"Tag", Of(10, 5)}}, now_);
  EXPECT_DOUBLE_EQ(LineOf("Tag").ceiling, 8);
  rates_.Say(kConnect, "b", {}, now_);
  EXPECT_DOUBLE_EQ(LineOf("Tag").ceiling, 0.8);
}

TEST_F(ConfiguredRatesTest, OneThatIsGoneSaysNothing) {
  const Domain other{"connect", "210987654321", "eu-central-1"};
  rates_.Say(kConnect, "a", {{"Tag", Of(10, 5)}}, now_);
  rates_.Say(other, "a", {{"Tag", Of(10, 5)}}, now_);
  rates_.Forget("a", now_);
  for (const auto& line : budget_.Lines(now_)) {
    EXPECT_DOUBLE_EQ(line.ceiling, 1.6) << line.domain.account;
  }
  EXPECT_EQ(budget_.Lines(now_).size(), 2U);
}

TEST_F(ConfiguredRatesTest, AnotherRateIsNoNewBurst) {
  while (!Call("Describe")) {
  }
  rates_.Say(kConnect, "a", {{"Describe", Of(10, 20)}}, now_);
  EXPECT_TRUE(Call("Describe"));
  rates_.Say(kConnect, "a", {}, now_);
  EXPECT_TRUE(Call("Describe"));
  now_ += seconds(1);
  EXPECT_FALSE(Call("Describe"));
}

TEST_F(ConfiguredRatesTest, WhatTheCloudAskedForOutlastsAnotherRate) {
  Call("Describe");
  budget_.Report(kConnect, "Describe", ErrorClass::kThrottled, milliseconds(30'000), now_);
  rates_.Say(kConnect, "a", {{"Describe", Of(100, 100)}}, now_);
  now_ += seconds(29);
  EXPECT_TRUE(Call("Describe"));
  EXPECT_EQ(LineOf("Describe").blocked_for, seconds(1));
  now_ += seconds(2);
  EXPECT_FALSE(Call("Describe"));
}

}  // namespace
}  // namespace instanced
