#include "controller/task/signal.h"

#include <gtest/gtest.h>

#include <chrono>

#include "controller/task/task_group.h"
#include "tests/fakes/manual_executor.h"

namespace instanced {
namespace {

using std::chrono::seconds;

class SignalTest : public ::testing::Test {
 protected:
  // Every wait begins with a deadline nine seconds ahead.
  static Task<void> CountWakes(Signal* signal, Executor* executor, int* wakes) {
    while (true) {
      auto wait = signal->Wait(executor->Now() + seconds(9));
      co_await wait;
      ++*wakes;
    }
  }
  void Start() {
    group_.Spawn(CountWakes(&signal_, &executor_, &wakes_));
    executor_.RunUntilIdle();
  }

  ManualExecutor executor_;
  Signal signal_;
  TaskGroup group_{executor_};
  int wakes_ = 0;
};

TEST_F(SignalTest, WakesWhenNotifiedOrAtItsDeadline) {
  Start();
  EXPECT_EQ(wakes_, 0);
  signal_.Notify();
  executor_.RunUntilIdle();
  EXPECT_EQ(wakes_, 1);
  executor_.Advance(seconds(9));
  EXPECT_EQ(wakes_, 2);
  executor_.Advance(seconds(8));
  EXPECT_EQ(wakes_, 2) << "the deadline counts from the wait";
}

TEST_F(SignalTest, ANotificationBetweenTwoWaitsIsRememberedOnce) {
  signal_.Notify();
  signal_.Notify();
  Start();
  EXPECT_EQ(wakes_, 1);
}

TEST_F(SignalTest, ANotificationAfterTheDeadlineHasFiredIsTheNextWaits) {
  Start();
  ASSERT_TRUE(executor_.MoveToNextTimer());
  signal_.Notify();
  executor_.RunUntilIdle();
  EXPECT_EQ(wakes_, 2) << "the deadline's, and its own";
  executor_.Advance(seconds(8));
  EXPECT_EQ(wakes_, 2);
  executor_.Advance(seconds(1));
  EXPECT_EQ(wakes_, 3);
}

}  // namespace
}  // namespace instanced
