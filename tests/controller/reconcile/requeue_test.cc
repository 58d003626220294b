#include "controller/reconcile/requeue.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace instanced {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

const MonotonicTime kNow{std::chrono::hours(5)};

class RequeueTest : public testing::Test {
 protected:
  When Ask(const Decision& decision) {
    return RequeueFor(decision, object_, options_, kNow, random_, track_);
  }
  // How long from now; fails for anything but a time.
  Duration Pause(const Decision& decision) {
    const When when = Ask(decision);
    const auto* at = std::get_if<At>(&when.at);
    EXPECT_TRUE(at) << "not a time";
    return at ? at->when - kNow : Duration::max();
  }
  static Retry Failed(ErrorClass error_class) {
    Error error;
    error.error_class = error_class;
    return Retry{error};
  }
  static void ExpectNear(Duration is, Duration wanted) {
    EXPECT_GE(is, wanted - wanted / 10);
    EXPECT_LE(is, wanted + wanted / 10);
  }

  InstanceObject object_;
  ReconcileOptions options_;
  SeededRandom random_{7};
  Track track_;
};

TEST_F(RequeueTest, AFailureWaitsLongerEachTimeButNeverBeyondTheMaximumNorZero) {
  Duration longest{};
  for (int failures = 1; failures <= 40; ++failures) {
    const Duration pause = Pause(Failed(ErrorClass::kTransient));
    EXPECT_EQ(track_.failures, failures);
    EXPECT_GE(pause, options_.backoff_base / 10);
    const auto ceiling = std::min<Duration>(
        options_.backoff_max, options_.backoff_base * (1LL << std::min(failures - 1, 20)));
    EXPECT_LE(pause, ceiling + options_.backoff_base / 10);
    longest = std::max(longest, pause);
  }
  EXPECT_GT(longest, options_.backoff_max / 2) << "it does grow";
}

TEST_F(RequeueTest, FiveConflictsAreRetriedAtOnceAndTheSixthWaits) {
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(std::holds_alternative<Now>(Ask(Failed(ErrorClass::kWriteConflict)).at)) << i;
  }
  EXPECT_GT(Pause(Failed(ErrorClass::kWriteConflict)), Duration::zero());
  EXPECT_EQ(track_.failures, 0) << "a conflict is no failure";
}

TEST_F(RequeueTest, AnyOtherDecisionEndsTheRowOfConflicts) {
  for (int i = 0; i < 5; ++i) Ask(Failed(ErrorClass::kWriteConflict));
  Ask(Wait{});
  EXPECT_TRUE(std::holds_alternative<Now>(Ask(Failed(ErrorClass::kWriteConflict)).at));
}

TEST_F(RequeueTest, TheCloudsOwnHintIsTheLeastAThrottledCallWaits) {
  auto throttled = Failed(ErrorClass::kThrottled);
  throttled.error.retry_after = seconds(17);
  const Duration pause = Pause(throttled);
  EXPECT_GE(pause, seconds(17));
  EXPECT_LE(pause, seconds(17) + options_.backoff_base);
  EXPECT_EQ(track_.failures, 0);
}

TEST_F(RequeueTest, AStoreThatSaysWhenIsNotAskedSooner) {
  auto busy = Failed(ErrorClass::kStore);
  busy.error.retry_after = seconds(40);
  EXPECT_GE(Pause(busy), seconds(40));
}

TEST_F(RequeueTest, WhatWaitsForAPersonIsProbedAtItsOwnInterval) {
  ExpectNear(Pause(Failed(ErrorClass::kAuth)), minutes(5));
  ExpectNear(Pause(Failed(ErrorClass::kTaken)), minutes(30));
  ExpectNear(Pause(Failed(ErrorClass::kValidation)), minutes(60));
  ExpectNear(Pause(Hold{}), options_.hold_poll);
}

TEST_F(RequeueTest, WhatIsHeldBesideItsInstanceIsPolledAsOftenAsWhatIsInLine) {
  object_.status.external_name = "i-1";
  for (const auto wanted : {minutes(1), minutes(2), minutes(4), minutes(8), minutes(10)}) {
    ExpectNear(Pause(Hold{Reason::kDriftNotRepairable, "", {}}), wanted);
  }
  object_.meta.annotations = {{std::string(kPollIntervalAnnotation), "15s"}};
  ExpectNear(Pause(Hold{Reason::kDriftNotRepairable, "", {}}), seconds(15));
}

TEST_F(RequeueTest, AHoldThatNamesATimeIsLookedAtThen) {
  Hold hold;
  hold.until = kNow + seconds(42);
  EXPECT_EQ(Pause(hold), seconds(42));
}

TEST_F(RequeueTest, PollsOfWhatChangesGrowByHalfToTheirMaximum) {
  EXPECT_EQ(Pause(Wait{}), seconds(2));
  EXPECT_EQ(Pause(Wait{}), seconds(3));
  EXPECT_EQ(Pause(Wait{}), milliseconds(4500));
  for (int i = 0; i < 20; ++i) Ask(Wait{});
  EXPECT_EQ(Pause(Wait{}), options_.transition_poll_max);
}

TEST_F(RequeueTest, AWaitThatIsOverGoesOnAtOnceButNotTwiceWithinAMoment) {
  Wait wait;
  wait.until = kNow - seconds(1);
  EXPECT_EQ(Pause(wait), Duration::zero());
  EXPECT_EQ(Pause(wait), milliseconds(100));
}

TEST_F(RequeueTest, PollsOfWhatIsInLineDoubleToTheirMaximumAndAWaitStartsThemAnew) {
  for (const auto wanted :
       {minutes(1), minutes(2), minutes(4), minutes(8), minutes(10), minutes(10)}) {
    ExpectNear(Pause(Done{}), wanted);
  }
  Ask(Wait{});
  ExpectNear(Pause(Done{}), minutes(1));
}

TEST_F(RequeueTest, DoneForgetsFailuresAndTransitionPolls) {
  Ask(Failed(ErrorClass::kTransient));
  Ask(Wait{});
  Ask(Done{});
  EXPECT_EQ(track_.failures, 0);
  EXPECT_EQ(Pause(Wait{}), seconds(2));
}

TEST_F(RequeueTest, AnAnnotationSetsTheDriftPollAndNonsenseDoesNot) {
  object_.meta.annotations = {{std::string(kPollIntervalAnnotation), "15s"}};
  ExpectNear(Pause(Done{}), seconds(15));
  for (const char* nonsense : {"0s", "-5s", "soon", "10ms"}) {
    object_.meta.annotations = {{std::string(kPollIntervalAnnotation), nonsense}};
    track_.quiet_polls = 0;
    ExpectNear(Pause(Done{}), minutes(1));
  }
}

TEST_F(RequeueTest, WhatHasEndedIsNotPolledAndAStepGoesOnAtOnce) {
  EXPECT_TRUE(std::holds_alternative<WhenChanged>(Ask(RemoveFinalizer{}).at));
  EXPECT_TRUE(std::holds_alternative<Now>(Ask(AddFinalizer{}).at));
  object_.meta.deletion_timestamp = "2026-01-01T00:00:00Z";
  EXPECT_TRUE(std::holds_alternative<WhenChanged>(Ask(Done{}).at));
}

}  // namespace
}  // namespace instanced
