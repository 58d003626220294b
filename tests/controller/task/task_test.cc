#include "controller/task/task.h"

#include <gtest/gtest.h>

#include <memory>
#include <utility>

#include "controller/task/sleep.h"
#include "controller/task/task_group.h"
#include "tests/fakes/manual_executor.h"

namespace instanced {
namespace {

constexpr int kMillion = 1'000'000;
constexpr int kDepth = 100'000;

Task<int> One() { co_return 1; }

Task<void> AwaitMany(int times, int* sum) {
  for (int i = 0; i < times; ++i) {
    auto one = One();
    *sum += co_await one;
  }
}

// Each level awaits the next before it ends: `depth` frames live at once.
Task<int> Nested(int depth) {
  if (depth == 0) co_return 0;
  auto inner = Nested(depth - 1);
  co_return 1 + co_await inner;
}

Task<void> NestedInto(int depth, int rounds, int* sum) {
  for (int i = 0; i < rounds; ++i) {
    auto nested = Nested(depth);
    *sum += co_await nested;
  }
}

TEST(Task, MillionSynchronousCompletionsInALoopKeepTheStackShallow) {
  ManualExecutor executor;
  TaskGroup group(executor);
  int sum = 0;

  group.Spawn(AwaitMany(kMillion, &sum));
  executor.RunUntilIdle();

  EXPECT_EQ(sum, kMillion);
  EXPECT_EQ(group.size(), 0u);
}

TEST(Task, MillionSynchronousCompletionsInDeepChainsKeepTheStackShallow) {
  ManualExecutor executor;
  TaskGroup group(executor);
  int sum = 0;

  group.Spawn(NestedInto(kDepth, kMillion / kDepth, &sum));
  executor.RunUntilIdle();

  EXPECT_EQ(sum, kMillion);
}

Task<void> MarkStarted(bool* started) {
  *started = true;
  co_return;
}

TEST(Task, NothingRunsBeforeItIsAwaited) {
  bool started = false;

  {
    const auto task = MarkStarted(&started);
  }

  EXPECT_FALSE(started);
}

Task<std::unique_ptr<int>> MakeOwned() { co_return std::make_unique<int>(7); }

Task<void> TakeOwned(int* seen) {
  auto making = MakeOwned();
  const std::unique_ptr<int> owned = co_await making;
  *seen = *owned;
}

TEST(Task, MoveOnlyResultsPassThrough) {
  ManualExecutor executor;
  TaskGroup group(executor);
  int seen = 0;

  group.Spawn(TakeOwned(&seen));
  executor.RunUntilIdle();

  EXPECT_EQ(seen, 7);
}

Task<void> HoldWhileAsleep(std::shared_ptr<int> held, MonotonicTime when) {
  SleepUntil sleeping(when);
  co_await sleeping;
  *held = 1;
}

Task<void> OuterHold(std::shared_ptr<int> held, MonotonicTime when) {
  auto inner = HoldWhileAsleep(held, when);
  co_await inner;
}

TEST(Task, DestroyedBeforeItsStartReleasesItsArguments) {
  auto held = std::make_shared<int>(0);

  {
    const auto task = OuterHold(held, MonotonicTime());
  }

  EXPECT_EQ(held.use_count(), 1);
}

TEST(Task, DestroyedWhileSuspendedReleasesItsChildrenToo) {
  ManualExecutor executor;
  auto held = std::make_shared<int>(0);
  {
    TaskGroup group(executor);
    group.Spawn(OuterHold(held, executor.Now() + std::chrono::seconds(1)));
    executor.RunUntilIdle();
    ASSERT_EQ(executor.timer_count(), 1u);
  }

  EXPECT_EQ(held.use_count(), 1);
  EXPECT_EQ(executor.timer_count(), 0u) << "the sleeper takes its timer with it";
}

TEST(Task, DestroyedAfterItsEndReleasesItsResult) {
  ManualExecutor executor;
  TaskGroup group(executor);
  auto held = std::make_shared<int>(0);

  group.Spawn(OuterHold(held, executor.Now()));
  executor.Advance(std::chrono::seconds(1));

  EXPECT_EQ(*held, 1);
  EXPECT_EQ(held.use_count(), 1);
}

TEST(Task, MovedOntoAnotherReplacesIt) {
  auto first = std::make_shared<int>(0);
  auto second = std::make_shared<int>(0);
  auto task = OuterHold(first, MonotonicTime());

  task = OuterHold(second, MonotonicTime());

  EXPECT_EQ(first.use_count(), 1);
  EXPECT_EQ(second.use_count(), 2);
}

Task<void> ReadExecutor(Executor** seen) {
  CurrentExecutor current;
  *seen = &co_await current;
}

Task<void> ReadExecutorInside(Executor** seen) {
  auto inner = ReadExecutor(seen);
  co_await inner;
}

TEST(Task, ChildrenInheritTheExecutorOfTheirAwaiter) {
  ManualExecutor executor;
  TaskGroup group(executor);
  Executor* seen = nullptr;

  group.Spawn(ReadExecutorInside(&seen));
  executor.RunUntilIdle();

  EXPECT_EQ(seen, &executor);
}

}  // namespace
}  // namespace instanced
