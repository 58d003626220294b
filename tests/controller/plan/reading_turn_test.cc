#include "controller/plan/reading_turn.h"

#include <gtest/gtest.h>

#include <array>

#include "controller/task/sleep.h"
#include "controller/task/task_group.h"
#include "tests/fakes/manual_executor.h"

namespace instanced {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// What one look at a Connect instance takes; each bucket holds four and gets 1.6 a second.
constexpr std::array<std::string_view, 3> kOneLook{"DescribeInstance", "ListInstanceAttributes",
                                                   "ListInstanceAttributes"};

class ReadingTurnTest : public testing::Test {
 protected:
  ReadingTurnTest() { group_.Spawn(Serve(this)); }
  ~ReadingTurnTest() override {
    stop_.RequestStop();
    executor_.Advance(seconds(1));
  }
  ReadingTurn::Deps Deps(MonotonicTime give_up_at = MonotonicTime::max()) {
    return {&budget_, executor_.clock(), stop_.token(), give_up_at};
  }
  static ObjectKey Key(int number) {
    return {Kind::kConnectInstance, "default", "desk-" + std::to_string(number)};
  }
  // As the controller does for those that wait.
  static Task<void> Serve(ReadingTurnTest* test) {
    while (!test->stop_.StopRequested()) {
      test->budget_.PopReady(test->executor_.Now());
      SleepUntil sleeping(test->executor_.Now() + milliseconds(20), test->stop_.token());
      co_await sleeping;
    }
  }
  bool Call(std::string_view operation, const ObjectKey& key) {
    return !budget_.Spend(domain_, operation, key, Priority::kDrift, executor_.Now());
  }
  // Every call takes a moment.
  static Task<void> Look(ReadingTurnTest* test, int number) {
    ReadingTurn turn(test->Deps(), Key(number), "plan");
    auto awaiting = turn.Await(test->domain_, kOneLook);
    if (co_await awaiting != ReadingTurn::Outcome::kHeld) co_return;
    for (const auto operation : kOneLook) {
      if (!test->Call(operation, turn.key())) ++test->refused_;
      SleepUntil sleeping(test->executor_.Now() + milliseconds(30));
      co_await sleeping;
    }
    turn.Over();
    ++test->done_;
  }

  ManualExecutor executor_;
  const Domain domain_{"connect", "1", "r"};
  Budget budget_;
  StopSource stop_;
  TaskGroup group_{executor_};
  int refused_ = 0;
  int done_ = 0;
};

TEST_F(ReadingTurnTest, ManyReadersGetAllOfTheirCallsOrWait) {
  for (int i = 0; i < 20; ++i) group_.Spawn(Look(this, i));
  // Forty pages of attributes at 1.6 a second, four of them at once.
  executor_.Advance(seconds(30));
  EXPECT_EQ(done_, 20);
  EXPECT_EQ(refused_, 0);
}

TEST_F(ReadingTurnTest, TheObjectsOwnPassKeepsWhatItHolds) {
  const std::vector<std::string> look(kOneLook.begin(), kOneLook.end());
  ASSERT_EQ(budget_.Reserve(domain_, look, Key(0), Priority::kDrift, executor_.Now()),
            Reservation::kGranted);
  for (int i = 0; i < 3; ++i) group_.Spawn(Look(this, 0));
  executor_.Advance(seconds(2));
  for (const auto operation : kOneLook) EXPECT_TRUE(Call(operation, Key(0))) << operation;
}

TEST_F(ReadingTurnTest, WhoIsStoppedLeavesTheQueueAndTakesNothing) {
  while (Call("DescribeInstance", Key(0))) {
  }
  StopSource left;
  ReadingTurn turn({&budget_, executor_.clock(), left.token(), MonotonicTime::max()}, Key(1),
                   "plan");
  std::optional<ReadingTurn::Outcome> outcome;
  const auto keep = [](Task<ReadingTurn::Outcome> waiting,
                       std::optional<ReadingTurn::Outcome>* kept) -> Task<void> {
    *kept = co_await waiting;
  };
  group_.Spawn(keep(turn.Await(domain_, kOneLook), &outcome));
  executor_.Advance(milliseconds(50));
  ASSERT_EQ(budget_.parked(), 1u);
  left.RequestStop();
  executor_.Advance(milliseconds(10));
  EXPECT_EQ(outcome, ReadingTurn::Outcome::kNotInTime);
  EXPECT_EQ(budget_.parked(), 0u);
  // Nor where there is room.
  executor_.Advance(seconds(10));
  outcome.reset();
  group_.Spawn(keep(turn.Await(domain_, kOneLook), &outcome));
  executor_.Advance(milliseconds(10));
  EXPECT_EQ(outcome, ReadingTurn::Outcome::kNotInTime);
}

TEST_F(ReadingTurnTest, ATurnThatComesTooLateIsGivenUp) {
  while (Call("DescribeInstance", Key(0))) {
  }
  ReadingTurn turn(Deps(executor_.Now() + milliseconds(300)), Key(1), "plan");
  std::optional<ReadingTurn::Outcome> outcome;
  const auto keep = [](Task<ReadingTurn::Outcome> waiting,
                       std::optional<ReadingTurn::Outcome>* kept) -> Task<void> {
    *kept = co_await waiting;
  };
  group_.Spawn(keep(turn.Await(domain_, kOneLook), &outcome));
  executor_.Advance(milliseconds(500));
  EXPECT_EQ(outcome, ReadingTurn::Outcome::kNotInTime);
  EXPECT_EQ(budget_.parked(), 0u);
}

}  // namespace
}  // namespace instanced
