#include "controller/task/signal.h"

#include <gtest/gtest.h>

#include <chrono>
#include <utility>

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

TEST_F(SignalTest, ANotificationAfterTheDeadlineHasFiredWakesOnce) {
  Start();
  ASSERT_TRUE(executor_.MoveToNextTimer());
  signal_.Notify();
  executor_.RunUntilIdle();
  EXPECT_EQ(wakes_, 1);
  executor_.Advance(seconds(8));
  EXPECT_EQ(wakes_, 1);
  executor_.Advance(seconds(1));
  EXPECT_EQ(wakes_, 2);
}

// Takes what there is, then waits until there is more; every wait has the same short deadline.
struct Mailbox {
  static Task<void> Serve(Mailbox* box, Executor* executor) {
    while (true) {
      box->taken += std::exchange(box->waiting, 0);
      auto wait = box->signal.Wait(executor->Now() + seconds(1));
      co_await wait;
    }
  }
  void Put() {
    ++waiting;
    signal.Notify();
  }
  Signal signal;
  int waiting = 0;
  int taken = 0;
};

// News may come before the deadline, with it before the waiter's turn, and after; in any number.
TEST_F(SignalTest, NothingThatWasThereBeforeTheWaitersTurnIsLeftForTheNextDeadline) {
  for (int before = 0; before < 3; ++before) {
    for (int with = 0; with < 3; ++with) {
      for (int after = 0; after < 3; ++after) {
        ManualExecutor executor;
        Mailbox box;
        TaskGroup group(executor);
        group.Spawn(Mailbox::Serve(&box, &executor));
        executor.RunUntilIdle();
        for (int i = 0; i < before; ++i) box.Put();
        executor.RunUntilIdle();
        ASSERT_TRUE(executor.MoveToNextTimer());
        for (int i = 0; i < with; ++i) box.Put();
        executor.RunUntilIdle();
        EXPECT_EQ(box.taken, before + with) << "no time has passed";
        for (int i = 0; i < after; ++i) box.Put();
        executor.RunUntilIdle();
        EXPECT_EQ(box.taken, before + with + after) << "no time has passed";
      }
    }
  }
}

}  // namespace
}  // namespace instanced
