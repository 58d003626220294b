#include "controller/task/completion.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>

#include "controller/task/task_group.h"
#include "tests/fakes/manual_executor.h"

namespace instanced {
namespace {

Task<void> Store(Completion<int> completion, std::optional<int>* seen) {
  *seen = co_await completion;
}

TEST(Completion, SetBeforeTheAwaitDoesNotSuspend) {
  ManualExecutor executor;
  TaskGroup group(executor);
  const Completion<int> completion;
  std::optional<int> seen;

  completion.Set(1);
  group.Spawn(Store(completion, &seen));
  EXPECT_TRUE(executor.RunOne());

  EXPECT_EQ(seen, 1);
}

TEST(Completion, SetAfterTheAwaitResumesFromTheLoopAndNotInside) {
  ManualExecutor executor;
  TaskGroup group(executor);
  const Completion<int> completion;
  std::optional<int> seen;
  group.Spawn(Store(completion, &seen));
  executor.RunUntilIdle();

  completion.Set(2);
  EXPECT_EQ(seen, std::nullopt);
  executor.RunUntilIdle();

  EXPECT_EQ(seen, 2);
}

TEST(Completion, FirstValueWins) {
  ManualExecutor executor;
  TaskGroup group(executor);
  const Completion<int> completion;
  std::optional<int> seen;
  group.Spawn(Store(completion, &seen));
  executor.RunUntilIdle();

  completion.Set(1);
  completion.Set(2);
  executor.RunUntilIdle();

  EXPECT_EQ(seen, 1);
}

TEST(Completion, ValueForAWaiterThatWasDestroyedIsDropped) {
  ManualExecutor executor;
  const Completion<int> completion;
  std::optional<int> seen;
  {
    TaskGroup group(executor);
    group.Spawn(Store(completion, &seen));
    executor.RunUntilIdle();
  }

  completion.Set(1);

  EXPECT_EQ(executor.RunUntilIdle(), 0u);
  EXPECT_EQ(seen, std::nullopt);
}

Task<void> StoreOwned(Completion<std::unique_ptr<int>> completion, int* seen) {
  const std::unique_ptr<int> owned = co_await completion;
  *seen = *owned;
}

TEST(Completion, MoveOnlyValuesPassThrough) {
  ManualExecutor executor;
  TaskGroup group(executor);
  const Completion<std::unique_ptr<int>> completion;
  int seen = 0;
  group.Spawn(StoreOwned(completion, &seen));

  completion.Set(std::make_unique<int>(5));
  executor.RunUntilIdle();

  EXPECT_EQ(seen, 5);
}

Task<void> AwaitManySet(int times, int* sum) {
  for (int i = 0; i < times; ++i) {
    const Completion<int> completion;
    completion.Set(1);
    *sum += co_await completion;
  }
}

TEST(Completion, MillionThatAreSetAlreadyKeepTheStackShallow) {
  ManualExecutor executor;
  TaskGroup group(executor);
  int sum = 0;

  group.Spawn(AwaitManySet(1'000'000, &sum));
  executor.RunUntilIdle();

  EXPECT_EQ(sum, 1'000'000);
}

}  // namespace
}  // namespace instanced
