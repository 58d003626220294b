#include "controller/task/loop.h"

#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "controller/task/completion.h"
#include "controller/task/sleep.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

class LoopTest : public ::testing::Test {
 protected:
  SystemClock clock_;
  Loop loop_{clock_};
};

Task<int> Nested(int depth) {
  if (depth == 0) co_return 0;
  auto inner = Nested(depth - 1);
  co_return 1 + co_await inner;
}

Task<int> SumNested(int depth, int rounds) {
  int sum = 0;
  for (int i = 0; i < rounds; ++i) {
    auto nested = Nested(depth);
    sum += co_await nested;
  }
  co_return sum;
}

TEST_F(LoopTest, MillionSynchronousCompletionsKeepTheStackShallow) {
  EXPECT_EQ(RunBlocking(loop_, SumNested(1, 500'000)), 500'000);
  EXPECT_EQ(RunBlocking(loop_, SumNested(50'000, 10)), 500'000);
}

Task<void> SleepFor(Loop* loop, Duration duration, StopToken stop, std::string* log, char letter) {
  SleepUntil sleeping(loop->Now() + duration, stop);
  co_await sleeping;
  *log += letter;
}

TEST_F(LoopTest, TimersFireInTheOrderOfTheirTimesAndNeverEarly) {
  std::string log;
  const MonotonicTime start = loop_.Now();
  TaskGroup group(loop_);
  group.Spawn(SleepFor(&loop_, milliseconds(20), {}, &log, 'b'));
  group.Spawn(SleepFor(&loop_, milliseconds(10), {}, &log, 'a'));
  group.Spawn(SleepFor(&loop_, milliseconds(30), {}, &log, 'c'));

  loop_.RunUntil([&] { return group.size() == 0; });

  EXPECT_EQ(log, "abc");
  EXPECT_GE(loop_.Now() - start, milliseconds(30));
}

TEST_F(LoopTest, StopRequestedFromTheLoopWakesAnHourLongSleep) {
  StopSource stop;
  std::string log;
  TaskGroup group(loop_);
  group.Spawn(SleepFor(&loop_, hours(1), stop.token(), &log, 'a'));
  loop_.PostFromAnyThread([&] { stop.RequestStop(); });

  loop_.RunUntil([&] { return group.size() == 0; });

  EXPECT_EQ(log, "a");
}

Task<int> Await(Completion<int> completion) { co_return co_await completion; }

TEST_F(LoopTest, OtherThreadsHandResultsToTheLoop) {
  const Completion<int> completion;
  std::thread worker([&] { loop_.PostFromAnyThread([completion] { completion.Set(42); }); });

  EXPECT_EQ(RunBlocking(loop_, Await(completion)), 42);
  worker.join();
}

TEST_F(LoopTest, WorkFromOneThreadKeepsItsOrder) {
  std::string log;
  std::thread worker([&] {
    for (char letter = 'a'; letter <= 'j'; ++letter)
      loop_.PostFromAnyThread([&log, letter] { log += letter; });
    loop_.Stop();
  });

  worker.join();
  loop_.PostFromAnyThread([] {});
  loop_.RunUntil([&] { return log.size() == 10; });  // consumes the Stop
  loop_.RunUntil([&] { return log.size() == 10; });

  EXPECT_EQ(log, "abcdefghij");
}

TEST_F(LoopTest, StopBeforeRunMakesItReturnAtOnceAndOnlyOnce) {
  loop_.Stop();
  loop_.Run();
  bool ran = false;
  loop_.PostFromAnyThread([&] {
    ran = true;
    loop_.Stop();
  });

  loop_.Run();

  EXPECT_TRUE(ran);
}

TEST_F(LoopTest, StopFromAnotherThreadEndsAnIdleRun) {
  std::thread worker([&] { loop_.Stop(); });

  loop_.Run();

  worker.join();
}

TEST_F(LoopTest, SignalsArriveOnTheLoopEachTime) {
  int seen = 0;
  loop_.OnSignal(SIGUSR1, [&] {
    if (++seen < 3) std::raise(SIGUSR1);
  });

  std::raise(SIGUSR1);
  loop_.RunUntil([&] { return seen == 3; });

  EXPECT_EQ(seen, 3);
}

Task<void> Spin(bool* over) {
  CurrentExecutor current;
  Executor& executor = co_await current;
  while (!*over) {
    SleepUntil yielding(executor.Now());
    co_await yielding;
  }
}

TEST_F(LoopTest, BusyTasksDoNotStarveOtherThreadsOrTimers) {
  bool over = false;
  std::string log;
  TaskGroup group(loop_);
  group.Spawn(Spin(&over));
  group.Spawn(SleepFor(&loop_, milliseconds(5), {}, &log, 't'));
  loop_.RunUntil([&] { return log == "t"; });

  loop_.PostFromAnyThread([&] { over = true; });
  loop_.RunUntil([&] { return group.size() == 0; });

  EXPECT_TRUE(over);
}

Task<void> Append(std::string* log, char letter) {
  *log += letter;
  co_return;
}

Task<void> AppendTwice(Loop* loop, std::string* log) {
  *log += 'u';
  SleepUntil sleeping(loop->Now());
  co_await sleeping;
  *log += 'U';
}

TEST_F(LoopTest, UrgentTasksGoBeforeAllOthersAlsoAfterAWait) {
  std::string log;
  TaskGroup group(loop_);
  TaskGroup urgent(loop_.urgent());
  for (const char letter : {'a', 'b', 'c'}) group.Spawn(Append(&log, letter));
  urgent.Spawn(AppendTwice(&loop_, &log));
  loop_.RunUntil([&] { return urgent.size() == 0 && group.size() == 0; });
  EXPECT_TRUE(log.starts_with("u")) << log;
  EXPECT_EQ(log.size(), 5u);
}

TEST(Loop, DestroyedWithSleepersAndQueuedWorkLeavesNothingBehind) {
  const SystemClock clock;
  Loop loop(clock);
  std::string log;
  auto held = std::make_shared<int>(0);
  {
    TaskGroup group(loop);
    group.Spawn(SleepFor(&loop, hours(1), {}, &log, 'a'));
    loop.PostFromAnyThread([] {});
    loop.PostFromAnyThread([&loop] { loop.Stop(); });
    loop.Run();
    loop.PostFromAnyThread([held] {});
    group.Spawn(SleepFor(&loop, hours(1), {}, &log, 'b'));
  }

  EXPECT_EQ(log, "");
  EXPECT_EQ(held.use_count(), 2);
}

}  // namespace
}  // namespace instanced
