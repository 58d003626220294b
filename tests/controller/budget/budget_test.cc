#include "controller/budget/budget.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace instanced {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;

constexpr MonotonicTime kStart{std::chrono::hours(1)};
const Domain kConnect{"connect", "123456789012", "eu-central-1"};
const Domain kOther{"connect", "210987654321", "eu-central-1"};

ObjectKey Key(std::string name, std::string namespace_ = "default") {
  return ObjectKey{Kind::kConnectInstance, std::move(namespace_), std::move(name)};
}

std::vector<std::string> Names(const std::vector<ObjectKey>& keys) {
  std::vector<std::string> names;
  for (const ObjectKey& key : keys) names.push_back(key.name);
  return names;
}

// Connect: 2/s and burst 5, a fifth of both kept free: four at once, then 1.6 a second.
class BudgetTest : public ::testing::Test {
 protected:
  void Drain(const std::string& operation, const Domain& domain = kConnect) {
    while (!budget.Spend(domain, operation, Key("drain"), Priority::kUrgent, now)) {
    }
  }
  Reservation Reserve(std::vector<std::string> operations, const ObjectKey& key,
                      Priority priority = Priority::kUrgent) {
    return budget.Reserve(kConnect, operations, key, priority, now);
  }
  // Moves time in small steps, as the loop would, and collects who becomes ready.
  std::vector<std::string> ReadyWithin(Duration span) {
    std::vector<std::string> names;
    for (const MonotonicTime end = now + span; now < end;) {
      now += milliseconds(25);
      for (auto& name : Names(budget.PopReady(now))) names.push_back(name);
    }
    return names;
  }

  MonotonicTime now = kStart;
  Budget budget;
};

TEST_F(BudgetTest, BurstThenRateLeaveAFifthToPeople) {
  int spent = 0;
  for (const MonotonicTime end = now + seconds(100); now < end; now += milliseconds(10)) {
    if (!budget.Spend(kConnect, "Describe", Key("a"), Priority::kUrgent, now)) ++spent;
  }
  EXPECT_NEAR(spent, 4 + 160, 1);
}

TEST_F(BudgetTest, AfterATakeOverEveryBucketBeginsEmptyKnownOrNot) {
  ASSERT_FALSE(budget.Spend(kConnect, "Describe", Key("a"), Priority::kUrgent, now));
  budget.TakeOver(now);
  EXPECT_TRUE(budget.Spend(kConnect, "Describe", Key("a"), Priority::kUrgent, now));
  EXPECT_TRUE(budget.Spend(kConnect, "Create", Key("a"), Priority::kUrgent, now));
  EXPECT_TRUE(budget.Spend(kOther, "Describe", Key("a"), Priority::kUrgent, now));
  budget.SetLimit(kOther, "", {10, 10, LimitOrigin::kPublished}, now);
  EXPECT_TRUE(budget.Spend(kOther, "Describe", Key("a"), Priority::kUrgent, now));
  now += seconds(1);
  EXPECT_FALSE(budget.Spend(kConnect, "Describe", Key("a"), Priority::kUrgent, now));
}

TEST_F(BudgetTest, AfterATakeOverTheShareKeptForPeopleIsEmptyToo) {
  budget.TakeOver(now);
  budget.PersonAsked(Key("a"), now);
  EXPECT_TRUE(budget.Spend(kConnect, "Describe", Key("a"), Priority::kUrgent, now));
}

TEST_F(BudgetTest, DeferredCallSaysWhenToComeBack) {
  Drain("Describe");
  const auto wait = budget.Spend(kConnect, "Describe", Key("a"), Priority::kUrgent, now);
  ASSERT_TRUE(wait);
  EXPECT_EQ(*wait, milliseconds(625));
  EXPECT_FALSE(budget.Spend(kConnect, "Describe", Key("a"), Priority::kUrgent, now + *wait));
}

TEST_F(BudgetTest, PersonUsesTheShareKeptFreePastEverybodyWhoWaits) {
  Drain("Describe");
  EXPECT_EQ(Reserve({"Describe"}, Key("waiting")), Reservation::kParked);
  EXPECT_EQ(Reserve({"Describe"}, Key("asked")), Reservation::kParked);
  budget.PersonAsked(Key("asked"), now);
  EXPECT_EQ(Reserve({"Describe"}, Key("asked")), Reservation::kGranted);
  EXPECT_FALSE(budget.Spend(kConnect, "Describe", Key("asked"), Priority::kUrgent, now));
  budget.Forget(Key("asked"), now);
  // A fifth of the burst is one call; then it is the first of those who wait.
  EXPECT_EQ(Reserve({"Describe"}, Key("asked")), Reservation::kParked);
  EXPECT_THAT(ReadyWithin(milliseconds(1300)), ElementsAre("asked", "waiting"));
}

TEST_F(BudgetTest, PersonWhoNeedsMoreThanTheShareGetsTheNextTokensBeforeAllOthers) {
  Drain("List");
  EXPECT_EQ(Reserve({"List", "List"}, Key("waiting")), Reservation::kParked);
  budget.PersonAsked(Key("asked"), now);
  EXPECT_EQ(Reserve({"List", "List"}, Key("asked")), Reservation::kParked) << "one is kept free";
  const auto wake = budget.NextWake(now);
  ASSERT_TRUE(wake);
  EXPECT_LE(*wake, now + milliseconds(625));
  EXPECT_THAT(ReadyWithin(milliseconds(650)), ElementsAre("asked"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_FALSE(budget.Spend(kConnect, "List", Key("asked"), Priority::kUrgent, now));
  }
  EXPECT_THAT(ReadyWithin(milliseconds(1250)), ElementsAre("waiting"));
}

TEST_F(BudgetTest, PersonAndDaemonTogetherStayWithinThePublishedLimit) {
  int spent = 0;
  for (const MonotonicTime end = now + seconds(100); now < end; now += milliseconds(10)) {
    budget.PersonAsked(Key("asked"), now);
    for (const char* name : {"asked", "other"}) {
      if (!budget.Spend(kConnect, "Describe", Key(name), Priority::kUrgent, now)) ++spent;
    }
  }
  EXPECT_NEAR(spent, 5 + 200, 2);
}

TEST_F(BudgetTest, PersonWaitsWhenTheCloudAskedToSlowDown) {
  budget.Report(kConnect, "Describe", ErrorClass::kThrottled, milliseconds(5000), now);
  budget.PersonAsked(Key("asked"), now);
  EXPECT_EQ(Reserve({"Describe"}, Key("asked")), Reservation::kParked);
  EXPECT_TRUE(budget.Spend(kConnect, "Describe", Key("asked"), Priority::kUrgent, now));
}

TEST_F(BudgetTest, UnusedGrantOfAPersonGoesBackToTheShareKeptFree) {
  Drain("Describe");
  budget.PersonAsked(Key("asked"), now);
  EXPECT_EQ(Reserve({"Describe"}, Key("asked")), Reservation::kGranted);
  budget.Forget(Key("asked"), now);
  EXPECT_EQ(Reserve({"Describe"}, Key("other")), Reservation::kParked);
  EXPECT_EQ(Reserve({"Describe"}, Key("asked")), Reservation::kGranted);
}

TEST_F(BudgetTest, RequestOfAPersonEnds) {
  Drain("Describe");
  budget.PersonAsked(Key("asked"), now);
  now += minutes(1);
  Drain("Describe");
  EXPECT_EQ(Reserve({"Describe"}, Key("asked")), Reservation::kParked);
}

TEST_F(BudgetTest, ReservationIsAllOrNothing) {
  Drain("Tag");
  EXPECT_EQ(Reserve({"Describe", "Tag"}, Key("a")), Reservation::kParked);
  // The other operation was not touched: all four are there.
  for (const BudgetLine& line : budget.Lines(now)) {
    if (line.operation == "Describe") {
      EXPECT_EQ(line.available, 4);
    }
  }
  EXPECT_THAT(ReadyWithin(milliseconds(650)), ElementsAre("a"));
}

TEST_F(BudgetTest, GrantIsSpentBeforeAnythingElse) {
  ASSERT_EQ(Reserve({"Describe", "Describe", "Tag"}, Key("a")), Reservation::kGranted);
  Drain("Describe");
  EXPECT_FALSE(budget.Spend(kConnect, "Describe", Key("a"), Priority::kDrift, now));
  EXPECT_FALSE(budget.Spend(kConnect, "Describe", Key("a"), Priority::kDrift, now));
  EXPECT_TRUE(budget.Spend(kConnect, "Describe", Key("a"), Priority::kDrift, now));
}

TEST_F(BudgetTest, UnusedGrantGoesBackAfterTheHold) {
  for (const char* name : {"a", "b", "c", "d"}) {
    ASSERT_EQ(Reserve({"Describe"}, Key(name)), Reservation::kGranted);
  }
  budget.Report(kConnect, "Describe", ErrorClass::kThrottled, seconds(60), now);
  ASSERT_EQ(Reserve({"Describe"}, Key("waiting")), Reservation::kParked);
  EXPECT_EQ(budget.NextWake(now), now + seconds(10));
  now += seconds(10);
  EXPECT_TRUE(budget.PopReady(now).empty()) << "throttled: tokens that came back wait as well";
  now += seconds(50);
  EXPECT_THAT(Names(budget.PopReady(now)), ElementsAre("waiting"));
}

TEST_F(BudgetTest, ForgottenGrantAndPlaceAreFreeAtOnce) {
  for (const char* name : {"a", "b", "c", "d"}) Reserve({"Describe"}, Key(name));
  ASSERT_EQ(Reserve({"Describe"}, Key("first")), Reservation::kParked);
  ASSERT_EQ(Reserve({"Describe"}, Key("second")), Reservation::kParked);
  budget.Forget(Key("first"), now);
  budget.Forget(Key("a"), now);
  EXPECT_THAT(Names(budget.PopReady(now)), ElementsAre("second"));
  EXPECT_EQ(budget.parked(), 0U);
}

TEST_F(BudgetTest, AskingAgainForTheSameKeepsGrantAndPlace) {
  ASSERT_EQ(Reserve({"Describe"}, Key("a")), Reservation::kGranted);
  ASSERT_EQ(Reserve({"Describe"}, Key("a")), Reservation::kGranted);
  Drain("Describe");
  Reserve({"Describe"}, Key("b"));
  Reserve({"Describe"}, Key("c"));
  Reserve({"Describe"}, Key("b"));
  EXPECT_THAT(ReadyWithin(seconds(2)), ElementsAre("b", "c"));
}

TEST_F(BudgetTest, NamespacesTakeTurnsAmongTheParked) {
  Drain("Describe");
  for (const char* name : {"a1", "a2", "a3"}) Reserve({"Describe"}, Key(name, "crowded"));
  Reserve({"Describe"}, Key("b1", "small"));
  EXPECT_THAT(ReadyWithin(seconds(3)), ElementsAre("a1", "b1", "a2", "a3"));
}

TEST_F(BudgetTest, NobodyOvertakesAParkedKeyOfEqualPriority) {
  Drain("Describe");
  Reserve({"Describe"}, Key("parked"), Priority::kTransition);
  now += seconds(1);
  EXPECT_TRUE(budget.Spend(kConnect, "Describe", Key("x"), Priority::kTransition, now));
  EXPECT_TRUE(budget.Spend(kConnect, "Describe", Key("x"), Priority::kDrift, now));
  EXPECT_FALSE(budget.Spend(kConnect, "Describe", Key("x"), Priority::kUrgent, now));
}

// Grants that wait for something else (a slow identity call, say) must not let a bucket fill up
// behind them.
TEST_F(BudgetTest, GrantsAndWhatComesMeanwhileAreNeverMoreThanTheBurst) {
  const std::vector<std::string> early{"a", "b", "c", "d"};
  for (const auto& name : early) ASSERT_EQ(Reserve({"List"}, Key(name)), Reservation::kGranted);
  now += seconds(9);
  int spent = 0;
  for (const auto& name : early) {
    if (!budget.Spend(kConnect, "List", Key(name), Priority::kDrift, now)) ++spent;
  }
  while (!budget.Spend(kConnect, "List", Key("e"), Priority::kUrgent, now)) ++spent;
  EXPECT_EQ(spent, 4);
}

// Given drift polls that saturate the account, urgent work waits for one token, not for the polls.
TEST_F(BudgetTest, DriftPollsNeverStarveUrgentWork) {
  for (int i = 0; i < 1000; ++i) {
    Reserve({"Describe"}, Key("poll-" + std::to_string(i)), Priority::kDrift);
  }
  now += minutes(3);
  for (const ObjectKey& poll : budget.PopReady(now)) {
    EXPECT_FALSE(budget.Spend(kConnect, "Describe", poll, Priority::kDrift, now));
  }
  ASSERT_EQ(Reserve({"Describe", "Update"}, Key("change")), Reservation::kParked);
  const auto ready = ReadyWithin(seconds(2));
  EXPECT_THAT(ready, ::testing::Contains("change"));
}

TEST_F(BudgetTest, AgeingGivesOldDriftPollsTheirShareOfAnUrgentFlood) {
  Drain("Describe");
  Reserve({"Describe"}, Key("poll"), Priority::kDrift);
  bool polled = false;
  for (int i = 0; i < 60 && !polled; ++i) {
    Reserve({"Describe"}, Key("urgent-" + std::to_string(2 * i)));
    Reserve({"Describe"}, Key("urgent-" + std::to_string(2 * i + 1)));
    for (const auto& name : ReadyWithin(seconds(1))) polled |= name == "poll";
  }
  EXPECT_TRUE(polled);
  EXPECT_LT(now - kStart, seconds(40));
}

TEST_F(BudgetTest, ThrottledAccountHoldsNothingButItsOwnObjects) {
  budget.Report(kConnect, "Describe", ErrorClass::kThrottled, minutes(5), now);
  EXPECT_EQ(Reserve({"Describe"}, Key("held")), Reservation::kParked);
  EXPECT_EQ(budget.Reserve(kOther, {"Describe"}, Key("free"), Priority::kDrift, now),
            Reservation::kGranted);
  EXPECT_EQ(Reserve({"Update"}, Key("other-operation"), Priority::kDrift), Reservation::kGranted);
}

// Given a parked key that needs a blocked and a free operation, the free one is not idled.
TEST_F(BudgetTest, KeyParkedForABlockedOperationDoesNotHoldUpTheOthersItNeeds) {
  budget.Report(kConnect, "Tag", ErrorClass::kThrottled, minutes(5), now);
  ASSERT_EQ(Reserve({"Describe", "Tag"}, Key("held")), Reservation::kParked);
  EXPECT_EQ(Reserve({"Describe"}, Key("free"), Priority::kDrift), Reservation::kGranted);
  EXPECT_FALSE(budget.Spend(kConnect, "Describe", Key("x"), Priority::kDrift, now));
}

TEST_F(BudgetTest, KeyThatNeedsMoreThanABurstIsGrantedWhatABurstHolds) {
  const std::vector<std::string> nine(9, "Describe");
  EXPECT_EQ(Reserve(nine, Key("big")), Reservation::kGranted);
  EXPECT_EQ(Reserve(nine, Key("big")), Reservation::kGranted);
  for (int i = 0; i < 4; ++i) {
    EXPECT_FALSE(budget.Spend(kConnect, "Describe", Key("big"), Priority::kUrgent, now));
  }
  EXPECT_TRUE(budget.Spend(kConnect, "Describe", Key("big"), Priority::kUrgent, now));
}

TEST_F(BudgetTest, LearnedRatesSurviveAsADocument) {
  Drain("Describe");
  budget.Report(kConnect, "Describe", ErrorClass::kThrottled, std::nullopt, now);
  Budget later;
  later.ImportRates(budget.ExportRates(), now);
  ASSERT_EQ(later.Lines(now).size(), 1U);
  EXPECT_DOUBLE_EQ(later.Lines(now)[0].rate, 0.8);
  EXPECT_DOUBLE_EQ(later.Lines(now)[0].ceiling, 1.6);
}

TEST_F(BudgetTest, BrokenDocumentIsLeftOut) {
  budget.ImportRates(nlohmann::json::parse(R"({"rates": [1, {"operation": 7},
      {"service": "connect", "account": "1", "region": "r", "operation": "X", "perSecond": -5}]})"),
                     now);
  budget.ImportRates(nlohmann::json::array(), now);
  ASSERT_EQ(budget.Lines(now).size(), 1U);
  EXPECT_GT(budget.Lines(now)[0].rate, 0);
}

TEST_F(BudgetTest, ConfiguredLimitReplacesThePublishedOneAndAReloadKeepsWhatWasLearned) {
  const RateLimit limit{10, 20, LimitOrigin::kConfigured};
  budget.SetLimit(kConnect, "", limit, now);
  budget.SetLimit(kConnect, "Tag", {1, 1, LimitOrigin::kConfigured}, now);
  Drain("Describe");
  budget.Report(kConnect, "Describe", ErrorClass::kThrottled, std::nullopt, now);
  budget.SetLimit(kConnect, "", limit, now);
  const auto lines = budget.Lines(now);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_DOUBLE_EQ(lines[0].ceiling, 8);
  EXPECT_DOUBLE_EQ(lines[0].rate, 4);
  EXPECT_DOUBLE_EQ(lines[1].ceiling, 0.8);
}

}  // namespace
}  // namespace instanced
