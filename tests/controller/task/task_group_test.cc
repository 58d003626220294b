#include "controller/task/task_group.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <set>
#include <string>

#include "controller/task/sleep.h"
#include "tests/fakes/manual_executor.h"

namespace instanced {
namespace {

using std::chrono::seconds;

Task<void> Append(std::string* log, char letter) {
  *log += letter;
  co_return;
}

Task<void> SleepThenAppend(MonotonicTime when, std::string* log, char letter) {
  SleepUntil sleeping(when);
  co_await sleeping;
  *log += letter;
}

Task<void> JoinThenAppend(TaskGroup* group, std::string* log, char letter) {
  auto joined = group->Join();
  co_await joined;
  *log += letter;
}

TEST(TaskGroup, SpawnedTaskStartsOnTheNextTurn) {
  ManualExecutor executor;
  TaskGroup group(executor);
  std::string log;

  group.Spawn(Append(&log, 'a'));
  EXPECT_EQ(log, "");
  executor.RunUntilIdle();

  EXPECT_EQ(log, "a");
}

TEST(TaskGroup, JoinReturnsWhenNoneIsLeft) {
  ManualExecutor executor;
  TaskGroup waiting(executor);
  TaskGroup group(executor);
  std::string log;
  group.Spawn(SleepThenAppend(executor.Now() + seconds(1), &log, 'a'));
  group.Spawn(SleepThenAppend(executor.Now() + seconds(2), &log, 'b'));

  waiting.Spawn(JoinThenAppend(&group, &log, 'j'));
  executor.Advance(seconds(1));
  EXPECT_EQ(log, "a");
  executor.Advance(seconds(1));

  EXPECT_EQ(log, "abj");
}

TEST(TaskGroup, JoinOfAnEmptyGroupReturnsAtOnce) {
  ManualExecutor executor;
  TaskGroup waiting(executor);
  TaskGroup group(executor);
  std::string log;

  waiting.Spawn(JoinThenAppend(&group, &log, 'j'));
  executor.RunUntilIdle();

  EXPECT_EQ(log, "j");
}

TEST(TaskGroup, CrashDropsLiveTasksWhereTheyStand) {
  ManualExecutor executor;
  std::string log;
  {
    TaskGroup group(executor);
    group.Spawn(Append(&log, 'a'));
    group.Spawn(SleepThenAppend(executor.Now() + seconds(1), &log, 'b'));
    executor.RunOne();
    executor.RunOne();
    group.Spawn(Append(&log, 'c'));
    executor.DropAll();
  }

  executor.Advance(seconds(2));

  EXPECT_EQ(log, "a");
}

std::string Interleaving(std::uint64_t seed) {
  SeededRandom random(seed);
  ManualExecutor executor(random);
  TaskGroup group(executor);
  std::string log;
  for (char letter = 'a'; letter <= 'f'; ++letter) group.Spawn(Append(&log, letter));
  executor.RunUntilIdle();
  return log;
}

TEST(ManualExecutor, SeedDecidesTheInterleaving) {
  std::set<std::string> seen;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    EXPECT_EQ(Interleaving(seed), Interleaving(seed));
    seen.insert(Interleaving(seed));
  }

  EXPECT_GT(seen.size(), 10u);
}

TEST(ManualExecutor, AdvanceStopsAtEachTimerOnTheWay) {
  ManualExecutor executor;
  TaskGroup group(executor);
  std::string log;
  group.Spawn(SleepThenAppend(executor.Now() + seconds(2), &log, 'b'));
  group.Spawn(SleepThenAppend(executor.Now() + seconds(1), &log, 'a'));
  group.Spawn(SleepThenAppend(executor.Now() + seconds(5), &log, 'c'));

  executor.Advance(seconds(3));

  EXPECT_EQ(log, "ab");
  EXPECT_EQ(executor.Now().time_since_epoch(), seconds(3));
  EXPECT_EQ(executor.clock().WallNow(), ManualClock::kWallStart + seconds(3));
  EXPECT_EQ(executor.NextTimer(), MonotonicTime(seconds(5)));
}

}  // namespace
}  // namespace instanced
