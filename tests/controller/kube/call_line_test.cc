#include "controller/kube/call_line.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "controller/task/completion.h"
#include "controller/task/task_group.h"
#include "tests/fakes/manual_executor.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::seconds;
using Names = std::vector<std::string>;

class CallLineTest : public testing::Test {
 protected:
  // A call that holds its place until it is let go.
  Task<void> Call(std::string name, CallRank rank, Duration within, StopToken stop) {
    auto taking = line_->Take(rank, executor_.Now() + within, stop);
    const auto place = co_await taking;
    if (!place) {
      EXPECT_EQ(place.error().reach, Reach::kNotSent);
      failed_.push_back(name + " " + std::string(ToString(place.error().failure)));
      co_return;
    }
    began_.push_back(name);
    const Completion<int> end;
    ends_.push_back(end);
    co_await end;
  }
  void Begin(const std::string& name, CallRank rank = CallRank::kPlain, Duration within = hours(1),
             const StopToken& stop = {}) {
    calls_->Spawn(Call(name, rank, within, stop));
    executor_.RunUntilIdle();
  }
  // The call that began as this one in order ends.
  void End(std::size_t number) {
    ends_.at(number).Set(0);
    executor_.RunUntilIdle();
  }

  ManualExecutor executor_;
  std::unique_ptr<CallLine> line_ = std::make_unique<CallLine>(executor_.clock(), 2);
  std::vector<Completion<int>> ends_;
  Names began_, failed_;
  std::unique_ptr<TaskGroup> calls_ = std::make_unique<TaskGroup>(executor_);
};

TEST_F(CallLineTest, NoMoreThanItsPlacesAndThenInOrder) {
  for (const char* name : {"a", "b", "c", "d", "e"}) Begin(name);
  EXPECT_EQ(began_, (Names{"a", "b"}));
  EXPECT_EQ(line_->waiting(), 3u);
  End(1);
  EXPECT_EQ(began_, (Names{"a", "b", "c"}));
  End(0);
  End(2);
  EXPECT_EQ(began_, (Names{"a", "b", "c", "d", "e"}));
  End(3);
  End(4);
  Begin("f");
  EXPECT_EQ(began_.back(), "f") << "a place nobody waits for is kept for the next";
}

TEST_F(CallLineTest, WhatSomethingWaitsForGoesFirst) {
  for (const char* name : {"a", "b", "c", "d"}) Begin(name);
  Begin("intent", CallRank::kFirst);
  Begin("later intent", CallRank::kFirst);
  for (std::size_t i = 0; i < 4; ++i) End(i);
  EXPECT_EQ(began_, (Names{"a", "b", "intent", "later intent", "c", "d"}));
}

TEST_F(CallLineTest, WhoseDeadlinePassesWasNotSentAndLeavesTheLine) {
  Begin("a");
  Begin("b");
  Begin("late", CallRank::kPlain, seconds(5));
  Begin("c");
  executor_.Advance(seconds(5));
  EXPECT_EQ(failed_, Names{"late Deadline"});
  End(0);
  EXPECT_EQ(began_, (Names{"a", "b", "c"})) << "nobody's place is lost";
}

TEST_F(CallLineTest, WhoIsStoppedWasNotSentAndLeavesTheLine) {
  StopSource stop;
  Begin("a");
  Begin("b");
  Begin("stopped", CallRank::kPlain, hours(1), stop.token());
  Begin("c");
  stop.RequestStop();
  executor_.RunUntilIdle();
  EXPECT_EQ(failed_, Names{"stopped Stopped"});
  Begin("stopped before", CallRank::kPlain, hours(1), stop.token());
  EXPECT_EQ(failed_.back(), "stopped before Stopped");
  End(1);
  EXPECT_EQ(began_, (Names{"a", "b", "c"}));
}

// As of a process that stood still: place, stop and deadline come in one turn.
TEST_F(CallLineTest, APlaceThatComesTooLateGoesToTheNext) {
  StopSource stop;
  Begin("a");
  Begin("b");
  Begin("late", CallRank::kPlain, seconds(5));
  Begin("stopped", CallRank::kPlain, hours(1), stop.token());
  Begin("c");
  Begin("d");
  ends_.at(0).Set(0);
  ends_.at(1).Set(0);
  executor_.RunOne();
  executor_.RunOne();
  ASSERT_EQ(line_->waiting(), 2u) << "both places are given and not taken yet";
  stop.RequestStop();
  executor_.clock().Advance(seconds(5));
  executor_.RunUntilIdle();
  EXPECT_EQ(failed_, (Names{"late Deadline", "stopped Stopped"}));
  EXPECT_EQ(began_, (Names{"a", "b", "c", "d"}));
}

TEST_F(CallLineTest, WhoIsThrownAwayTakesNoPlaceAlong) {
  auto holder = std::make_unique<TaskGroup>(executor_);
  auto waiter = std::make_unique<TaskGroup>(executor_);
  Begin("a");
  holder->Spawn(Call("holder", CallRank::kPlain, hours(1), {}));
  executor_.RunUntilIdle();
  waiter->Spawn(Call("waiter", CallRank::kFirst, hours(1), {}));
  executor_.RunUntilIdle();
  Begin("b");
  waiter.reset();
  EXPECT_EQ(line_->waiting(), 1u);
  holder.reset();
  executor_.RunUntilIdle();
  EXPECT_EQ(began_, (Names{"a", "holder", "b"}));
  EXPECT_EQ(line_->waiting(), 0u);
}

TEST_F(CallLineTest, ACrashLeavesNothingToResume) {
  for (const char* name : {"a", "b", "c", "d"}) Begin(name);
  executor_.DropAll();
  calls_.reset();
  EXPECT_EQ(executor_.ready_count(), 0u) << "what is resumed then is gone";
  EXPECT_EQ(line_->waiting(), 0u);
}

}  // namespace
}  // namespace instanced
