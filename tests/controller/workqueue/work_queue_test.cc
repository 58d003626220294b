#include "controller/workqueue/work_queue.h"

#include <gtest/gtest.h>

namespace instanced {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr MonotonicTime kStart{std::chrono::hours(1)};

ObjectKey Key(std::string name, std::string namespace_ = "default") {
  return ObjectKey{Kind::kConnectInstance, std::move(namespace_), std::move(name)};
}

std::string NextName(WorkQueue& queue, MonotonicTime now) {
  const auto item = queue.Get(now);
  return item ? item->key.name : "(none)";
}

TEST(WorkQueue, KeyAddedTwiceIsHandedOutOnce) {
  WorkQueue queue;
  queue.Add(Key("a"), Priority::kUrgent, kStart);
  queue.Add(Key("a"), Priority::kUrgent, kStart);
  EXPECT_EQ(NextName(queue, kStart), "a");
  EXPECT_EQ(NextName(queue, kStart), "(none)");
}

TEST(WorkQueue, KeysThatDifferOnlyInKindOrNamespaceAreDifferent) {
  WorkQueue queue;
  queue.Add(Key("a"), Priority::kUrgent, kStart);
  queue.Add(Key("a", "other"), Priority::kUrgent, kStart);
  queue.Add({Kind::kSupplyChainInstance, "default", "a"}, Priority::kUrgent, kStart);
  int handed_out = 0;
  while (queue.Get(kStart)) ++handed_out;
  EXPECT_EQ(handed_out, 3);
}

TEST(WorkQueue, KeyAddedWhileProcessedRunsOnceMore) {
  WorkQueue queue;
  queue.Add(Key("a"), Priority::kDrift, kStart);
  ASSERT_TRUE(queue.Get(kStart));
  queue.Add(Key("a"), Priority::kUrgent, kStart);
  queue.Add(Key("a"), Priority::kDrift, kStart);
  EXPECT_FALSE(queue.Get(kStart)) << "one worker per key";
  queue.Done(Key("a"), kStart);
  const auto again = queue.Get(kStart + seconds(2));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->priority, Priority::kUrgent);
  EXPECT_EQ(again->queued_for, seconds(2));
  queue.Done(Key("a"), kStart + seconds(2));
  EXPECT_FALSE(queue.Get(kStart + seconds(2)));
}

TEST(WorkQueue, KeyScheduledWhileProcessedWaitsForItsTime) {
  WorkQueue queue;
  queue.Add(Key("a"), Priority::kUrgent, kStart);
  ASSERT_TRUE(queue.Get(kStart));
  queue.AddAfter(Key("a"), Priority::kDrift, minutes(5), kStart);
  queue.Done(Key("a"), kStart);
  EXPECT_FALSE(queue.Get(kStart + minutes(4)));
  EXPECT_EQ(queue.NextDue(kStart), kStart + minutes(5));
  EXPECT_EQ(NextName(queue, kStart + minutes(5)), "a");
}

TEST(WorkQueue, KeyDueWhileProcessedRunsOnceMore) {
  WorkQueue queue;
  queue.Add(Key("a"), Priority::kUrgent, kStart);
  ASSERT_TRUE(queue.Get(kStart));
  queue.AddAfter(Key("a"), Priority::kDrift, seconds(5), kStart);
  EXPECT_FALSE(queue.Get(kStart + seconds(6)));
  queue.Done(Key("a"), kStart + seconds(7));
  EXPECT_EQ(NextName(queue, kStart + seconds(7)), "a");
}

TEST(WorkQueue, EarlierScheduleWinsOverLater) {
  WorkQueue queue;
  queue.AddAfter(Key("a"), Priority::kDrift, minutes(5), kStart);
  queue.AddAfter(Key("a"), Priority::kDrift, minutes(1), kStart);
  queue.AddAfter(Key("a"), Priority::kDrift, minutes(9), kStart);
  EXPECT_EQ(queue.NextDue(kStart), kStart + minutes(1));
  EXPECT_EQ(queue.Stats(kStart).scheduled, 1U);
}

TEST(WorkQueue, AddingSoonerWithHigherPriorityUpgrades) {
  WorkQueue queue;
  queue.AddAfter(Key("polled"), Priority::kDrift, minutes(5), kStart);
  queue.Add(Key("other"), Priority::kTransition, kStart);
  queue.Add(Key("polled"), Priority::kUrgent, kStart);
  const auto first = queue.Get(kStart);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->key.name, "polled");
  EXPECT_EQ(first->priority, Priority::kUrgent);
  queue.Done(first->key, kStart);
  EXPECT_EQ(NextName(queue, kStart), "other");
  EXPECT_FALSE(queue.NextDue(kStart)) << "the old schedule is spent";
}

TEST(WorkQueue, WaitingKeyAddedWithHigherPriorityMovesUp) {
  WorkQueue queue;
  queue.Add(Key("first"), Priority::kTransition, kStart);
  queue.Add(Key("second"), Priority::kDrift, kStart);
  queue.Add(Key("second"), Priority::kUrgent, kStart);
  EXPECT_EQ(NextName(queue, kStart), "second");
}

TEST(WorkQueue, HigherPriorityComesFirst) {
  WorkQueue queue;
  queue.Add(Key("drift"), Priority::kDrift, kStart);
  queue.Add(Key("transition"), Priority::kTransition, kStart);
  queue.Add(Key("urgent"), Priority::kUrgent, kStart);
  EXPECT_EQ(NextName(queue, kStart), "urgent");
  EXPECT_EQ(NextName(queue, kStart), "transition");
  EXPECT_EQ(NextName(queue, kStart), "drift");
}

TEST(WorkQueue, NamespacesTakeTurns) {
  WorkQueue queue;
  for (int i = 0; i < 100; ++i) {
    queue.Add(Key("many-" + std::to_string(i), "crowded"), Priority::kUrgent, kStart);
  }
  queue.Add(Key("x", "small"), Priority::kUrgent, kStart);
  queue.Add(Key("y", "small"), Priority::kUrgent, kStart);
  std::vector<std::string> names;
  for (int i = 0; i < 5; ++i) names.push_back(NextName(queue, kStart));
  EXPECT_EQ(names, (std::vector<std::string>{"many-0", "x", "many-1", "y", "many-2"}));
}

// Given urgent work that never ends and one old drift poll, the poll gets its turn.
TEST(WorkQueue, OldDriftPollIsNotStarvedByUrgentWork) {
  WorkQueue queue({.ageing = seconds(30), .aged_turn = 4});
  queue.Add(Key("poll"), Priority::kDrift, kStart);
  MonotonicTime now = kStart;
  int urgent_before = 0;
  for (;; ++urgent_before) {
    ASSERT_LT(urgent_before, 100);
    now += seconds(1);
    queue.Add(Key("urgent-" + std::to_string(urgent_before)), Priority::kUrgent, now);
    if (NextName(queue, now) == "poll") break;
  }
  EXPECT_GE(urgent_before, 29);
  EXPECT_LE(urgent_before, 34);
}

// Given a large backlog of old polls, urgent work still gets three turns of four.
TEST(WorkQueue, BacklogOfOldPollsTakesAtMostItsShareFromUrgentWork) {
  WorkQueue queue({.ageing = seconds(30), .aged_turn = 4});
  for (int i = 0; i < 100; ++i) {
    queue.Add(Key("poll-" + std::to_string(i)), Priority::kDrift, kStart);
    queue.Add(Key("urgent-" + std::to_string(i)), Priority::kUrgent, kStart + minutes(9));
  }
  int urgent = 0;
  for (int i = 0; i < 80; ++i) {
    urgent += queue.Get(kStart + minutes(10))->priority == Priority::kUrgent ? 1 : 0;
  }
  EXPECT_EQ(urgent, 60);
}

TEST(WorkQueue, ShutDownHandsOutWhatIsReadyAndAcceptsNothing) {
  WorkQueue queue;
  queue.Add(Key("ready"), Priority::kUrgent, kStart);
  queue.AddAfter(Key("later"), Priority::kUrgent, seconds(1), kStart);
  queue.ShutDown();
  queue.Add(Key("new"), Priority::kUrgent, kStart);
  EXPECT_FALSE(queue.Drained());
  EXPECT_EQ(NextName(queue, kStart + minutes(1)), "ready");
  EXPECT_FALSE(queue.Get(kStart + minutes(1)));
  EXPECT_FALSE(queue.Drained());
  queue.Done(Key("ready"), kStart + minutes(1));
  EXPECT_TRUE(queue.Drained());
}

TEST(WorkQueue, ForgottenKeyDoesNotComeBack) {
  WorkQueue queue;
  queue.Add(Key("ready"), Priority::kUrgent, kStart);
  queue.AddAfter(Key("later"), Priority::kUrgent, seconds(1), kStart);
  queue.Add(Key("running"), Priority::kUrgent, kStart);
  queue.Forget(Key("ready"));
  queue.Forget(Key("later"));
  ASSERT_EQ(NextName(queue, kStart), "running");
  queue.Add(Key("running"), Priority::kUrgent, kStart);
  queue.Forget(Key("running"));
  EXPECT_EQ(queue.Done(Key("running"), kStart + seconds(3)), seconds(3));
  EXPECT_FALSE(queue.NextDue(kStart + minutes(1)));
}

TEST(WorkQueue, StatsCountAddsRetriesDepthAndRunningTime) {
  WorkQueue queue;
  queue.Add(Key("a"), Priority::kUrgent, kStart);
  queue.Add(Key("b"), Priority::kDrift, kStart);
  queue.Add(Key("b"), Priority::kDrift, kStart);
  queue.AddRateLimited(Key("c"), Priority::kUrgent, minutes(1), kStart);
  ASSERT_EQ(NextName(queue, kStart), "a");
  const WorkQueueStats stats = queue.Stats(kStart + seconds(4));
  EXPECT_EQ(stats.adds, 2U);
  EXPECT_EQ(stats.retries, 1U);
  EXPECT_EQ(stats.depth, (std::array<std::size_t, 3>{0, 0, 1}));
  EXPECT_EQ(stats.scheduled, 1U);
  EXPECT_EQ(stats.running, 1U);
  EXPECT_EQ(stats.unfinished, seconds(4));
  EXPECT_EQ(stats.longest_running, seconds(4));
}

TEST(WorkQueue, DoneOfAKeyThatDoesNotRunChangesNothing) {
  WorkQueue queue;
  queue.Add(Key("a"), Priority::kUrgent, kStart);
  EXPECT_EQ(queue.Done(Key("a"), kStart), Duration::zero());
  EXPECT_EQ(queue.Done(Key("unknown"), kStart), Duration::zero());
  EXPECT_EQ(NextName(queue, kStart), "a");
}

}  // namespace
}  // namespace instanced
