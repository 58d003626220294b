#include "controller/task/sleep.h"

#include <gtest/gtest.h>

#include <chrono>

#include "controller/task/task_group.h"
#include "tests/fakes/manual_executor.h"

namespace instanced {
namespace {

using std::chrono::seconds;

Task<void> CountWake(MonotonicTime when, StopToken stop, int* wakes) {
  SleepUntil sleeping(when, stop);
  co_await sleeping;
  ++*wakes;
}

class SleepUntilTest : public ::testing::Test {
 protected:
  ManualExecutor executor_;
  TaskGroup group_{executor_};
  StopSource stop_;
  int wakes_ = 0;
};

TEST_F(SleepUntilTest, WakesAtItsTimeAndNotBefore) {
  group_.Spawn(CountWake(executor_.Now() + seconds(2), {}, &wakes_));

  executor_.Advance(seconds(1));
  EXPECT_EQ(wakes_, 0);
  executor_.Advance(seconds(1));

  EXPECT_EQ(wakes_, 1);
}

TEST_F(SleepUntilTest, TimeThatHasPassedWakesWithoutAdvancing) {
  executor_.Advance(seconds(5));
  group_.Spawn(CountWake(MonotonicTime(seconds(1)), {}, &wakes_));

  executor_.RunUntilIdle();

  EXPECT_EQ(wakes_, 1);
}

TEST_F(SleepUntilTest, StopWakesEarlyAndOnce) {
  group_.Spawn(CountWake(executor_.Now() + seconds(9), stop_.token(), &wakes_));
  executor_.RunUntilIdle();

  stop_.RequestStop();
  executor_.RunUntilIdle();
  EXPECT_EQ(wakes_, 1);
  executor_.Advance(seconds(20));

  EXPECT_EQ(wakes_, 1);
  EXPECT_EQ(group_.size(), 0u);
}

TEST_F(SleepUntilTest, StopBetweenTheTimerAndTheWakeDoesNotWakeTwice) {
  group_.Spawn(CountWake(executor_.Now() + seconds(1), stop_.token(), &wakes_));
  executor_.RunUntilIdle();
  // The timer fires (its handle is posted) but the sleeper has not run yet.
  executor_.clock().Advance(seconds(1));
  executor_.PostAt(executor_.Now(), std::noop_coroutine());
  ASSERT_EQ(executor_.timer_count(), 0u);
  ASSERT_EQ(executor_.ready_count(), 2u);

  stop_.RequestStop();

  EXPECT_EQ(executor_.ready_count(), 2u);
  executor_.RunUntilIdle();
  EXPECT_EQ(wakes_, 1);
}

TEST_F(SleepUntilTest, StopThatCameFirstDoesNotSleep) {
  stop_.RequestStop();
  group_.Spawn(CountWake(executor_.Now() + seconds(9), stop_.token(), &wakes_));

  executor_.RunUntilIdle();

  EXPECT_EQ(wakes_, 1);
  EXPECT_EQ(executor_.timer_count(), 0u);
}

TEST(SleepUntil, StopAfterTheSleeperWasDestroyedTouchesNothing) {
  ManualExecutor executor;
  StopSource stop;
  int wakes = 0;
  {
    TaskGroup group(executor);
    group.Spawn(CountWake(executor.Now() + seconds(1), stop.token(), &wakes));
    executor.RunUntilIdle();
  }

  stop.RequestStop();

  EXPECT_EQ(executor.RunUntilIdle(), 0u);
  EXPECT_EQ(wakes, 0);
}

}  // namespace
}  // namespace instanced
