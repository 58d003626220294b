#include "controller/daemon/loop_asker.h"

#include <gtest/gtest.h>

#include <future>

#include "controller/task/sleep.h"
#include "tests/fakes/loop_inbox/loop_inbox.h"

namespace instanced {
namespace {

using std::chrono::seconds;

class LoopAskerTest : public testing::Test {
 protected:
  // As long as nobody stops it, a week.
  static Task<Result<int>> Work(LoopAskerTest* test, StopToken stop) {
    test->begun_ = true;
    SleepUntil sleeping(test->loop_.executor().Now() + std::chrono::hours(168), stop);
    co_await sleeping;
    test->stopped_ = stop.StopRequested();
    test->ended_ = true;
    co_return 7;
  }
  std::future<Result<int>> Ask(Patience patience) {
    return std::async(std::launch::async, [this, patience = std::move(patience)] {
      return asker_.AskTask<int>(patience, [this](StopToken stop) { return Work(this, stop); });
    });
  }

  LoopInbox loop_;
  LoopAsker asker_{
      {loop_.Poster(), [this](Task<void> task) { loop_.group().Spawn(std::move(task)); }}};
  bool begun_ = false;
  bool ended_ = false;
  bool stopped_ = false;
};

TEST_F(LoopAskerTest, WorkStopsWhenItsCallerHasLeft) {
  std::atomic<bool> left = false;
  auto answer = Ask({std::chrono::minutes(10), [&left] { return left.load(); }});
  ASSERT_TRUE(loop_.RunUntil([this] { return begun_; }));
  EXPECT_FALSE(ended_);
  left = true;
  ASSERT_TRUE(loop_.RunUntil([this] { return ended_; })) << "nobody told the loop";
  EXPECT_TRUE(stopped_);
  EXPECT_EQ(answer.get().error().error_class, ErrorClass::kCancelled);
}

TEST_F(LoopAskerTest, WorkStopsWhenItsCallerWaitsNoMore) {
  auto answer = Ask({std::chrono::milliseconds(100)});
  ASSERT_TRUE(loop_.RunUntil([this] { return ended_; })) << "nobody told the loop";
  EXPECT_TRUE(stopped_);
  EXPECT_EQ(answer.get().error().code, "Busy");
}

TEST_F(LoopAskerTest, WorkThatEndsInTimeIsAnsweredUnstopped) {
  auto answer = Ask({seconds(30), [] { return false; }});
  ASSERT_TRUE(loop_.RunUntil([this] { return begun_; }));
  loop_.executor().Advance(std::chrono::hours(168));
  ASSERT_TRUE(ended_);
  EXPECT_EQ(answer.get().value_or(0), 7);
  EXPECT_FALSE(stopped_);
}

}  // namespace
}  // namespace instanced
