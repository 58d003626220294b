#include "controller/lease/lease_elector.h"

#include <gtest/gtest.h>

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

LeaseRecord Blank() {
  LeaseRecord record;
  record.name = "instanced";
  return record;
}

// One elector and the server's record, in a time the test moves.
class ElectorWorld {
 public:
  explicit ElectorWorld(std::string identity = "a") : elector(Blank(), std::move(identity), {}) {}

  void Look() { elector.Observe(record, now); }
  std::optional<LeaseWrite> Due(LeaseWish wish = LeaseWish::kHold) {
    return elector.Due(wish, now, wall);
  }
  // Carries out what is due, the answer arriving `took` later; false when nothing is.
  bool Act(LeaseWish wish = LeaseWish::kHold, Duration took = milliseconds(5)) {
    const auto write = Due(wish);
    if (!write) return false;
    const auto sent = now;
    record = write->record;
    record->resource_version = std::to_string(++version);
    now += took;
    elector.Answered(*write, *record, sent, now);
    return true;
  }
  void Fail(ErrorClass error_class, std::optional<seconds> retry_after = {}) {
    const auto write = Due();
    ASSERT_TRUE(write);
    Error error;
    error.error_class = error_class;
    error.retry_after = retry_after;
    elector.Answered(*write, std::unexpected(error), now, now);
  }
  void Others(const std::string& holder, Duration duration = seconds(45)) {
    if (!record) record = Blank();
    record->holder = holder;
    record->duration = duration;
    record->renewed += milliseconds(1);
    ++record->transitions;
    record->resource_version = std::to_string(++version);
  }

  MonotonicTime now{hours(9)};
  WallTime wall{hours(500000)};
  std::optional<LeaseRecord> record;
  int version = 0;
  LeaseElector elector;
};

TEST(LeaseElector, WritesNothingBeforeItLooked) {
  ElectorWorld world;
  EXPECT_FALSE(world.Due());
}

TEST(LeaseElector, TakesALeaseNobodyMade) {
  ElectorWorld world;
  world.Look();
  ASSERT_TRUE(world.Act());
  EXPECT_EQ(world.record->holder, "a");
  EXPECT_EQ(world.elector.epoch(), 1);
  EXPECT_EQ(world.elector.tenures(), 1);
}

TEST(LeaseElector, WhatIsLeftCountsFromBeforeTheWriteWasSent) {
  ElectorWorld world;
  world.Look();
  ASSERT_TRUE(world.Act(LeaseWish::kHold, seconds(4)));
  EXPECT_EQ(world.elector.Left(world.now), seconds(41));
}

TEST(LeaseElector, AnothersLeaseIsLeftAloneWhileItsRecordChanges) {
  ElectorWorld world;
  for (int i = 0; i < 50; ++i) {
    world.Others("b");
    world.Look();
    EXPECT_FALSE(world.Due());
    world.now += seconds(10);
  }
}

TEST(LeaseElector, AnothersLeaseIsTakenWhenItsRecordStoodStillForItsDuration) {
  ElectorWorld world;
  world.Others("b", seconds(20));
  world.Look();
  world.now += seconds(20) - milliseconds(1);
  world.Look();
  EXPECT_FALSE(world.Due());
  world.now += milliseconds(1);
  ASSERT_TRUE(world.Act());
  EXPECT_EQ(world.elector.epoch(), 3) << "one more than the transitions on record";
}

TEST(LeaseElector, TheOthersClockIsNotBelieved) {
  ElectorWorld world;
  world.Others("b");
  world.record->renewed = world.wall - hours(24);
  world.Look();
  EXPECT_FALSE(world.Due()) << "a renewal of yesterday, by its own word, seen just now";
  world.record->renewed = world.wall + hours(24);
  world.Look();
  world.now += seconds(45);
  EXPECT_TRUE(world.Due()) << "a renewal of tomorrow that stood still";
}

TEST(LeaseElector, AReleasedLeaseIsTakenAtOnce) {
  ElectorWorld world;
  world.Others("");
  world.Look();
  EXPECT_TRUE(world.Act());
}

TEST(LeaseElector, RenewsAfterTheRetryTimeAndNotBefore) {
  ElectorWorld world;
  world.Look();
  ASSERT_TRUE(world.Act());
  world.now += seconds(2);
  EXPECT_FALSE(world.Due());
  world.now += seconds(1);
  ASSERT_TRUE(world.Act());
  EXPECT_EQ(world.elector.tenures(), 1) << "a renewal is no new tenure";
  EXPECT_EQ(world.elector.epoch(), 1);
}

TEST(LeaseElector, WhoCannotRenewInTimeHasLostItForGood) {
  ElectorWorld world;
  world.Look();
  ASSERT_TRUE(world.Act());
  for (int i = 0; i < 34; ++i) {
    world.now += seconds(1);
    if (world.Due()) world.Fail(ErrorClass::kTransient);
    world.Look();
  }
  EXPECT_TRUE(world.elector.IsOurs());
  world.now += seconds(1);
  EXPECT_FALSE(world.Due());
  EXPECT_TRUE(std::holds_alternative<LostLease>(world.elector.state()));
  EXPECT_EQ(world.elector.Left(world.now), Duration::zero());
  world.Look();
  EXPECT_FALSE(world.Due()) << "it does not begin again";
}

TEST(LeaseElector, ARefusedRenewalReadsFirstAndKeepsWhatIsLeft) {
  ElectorWorld world;
  world.Look();
  ASSERT_TRUE(world.Act());
  world.now += seconds(5);
  world.Fail(ErrorClass::kWriteConflict);
  EXPECT_TRUE(world.elector.NeedsLook());
  EXPECT_FALSE(world.Due());
  EXPECT_GT(world.elector.Left(world.now), seconds(30));
  // Somebody had edited a label: the record is ours still.
  world.record->resource_version = "77";
  world.now += seconds(1);
  world.Look();
  ASSERT_TRUE(world.Act());
  EXPECT_EQ(world.elector.epoch(), 1);
}

TEST(LeaseElector, ARenewalRestsAsLongAsTheServerAsksButNotUntilTheLeaseIsLost) {
  ElectorWorld world;
  world.Look();
  ASSERT_TRUE(world.Act());
  world.now += seconds(3);
  world.Fail(ErrorClass::kThrottled, seconds(10));
  world.Look();
  world.now += seconds(9);
  EXPECT_FALSE(world.Due());
  world.now += seconds(1);
  world.Fail(ErrorClass::kThrottled, seconds(600));
  world.Look();
  world.now += seconds(12);
  EXPECT_TRUE(world.Act()) << "before the renew deadline";
}

TEST(LeaseElector, ALeaseFoundInOtherHandsIsNoLongerOurs) {
  ElectorWorld world;
  world.Look();
  ASSERT_TRUE(world.Act());
  world.Others("b");
  world.Look();
  EXPECT_FALSE(world.elector.IsOurs());
  EXPECT_EQ(world.elector.Left(world.now), Duration::zero());
}

TEST(LeaseElector, AnAcquisitionWhoseAnswerWasLostIsFoundAndConfirmed) {
  ElectorWorld world;
  world.Look();
  const auto write = world.Due();
  ASSERT_TRUE(write);
  world.record = write->record;
  world.record->resource_version = "1";
  world.elector.Answered(*write, Fail(ErrorClass::kTransient, "Lost", ""), world.now, world.now);
  EXPECT_EQ(world.elector.Left(world.now), Duration::zero()) << "not before it is confirmed";
  world.now += seconds(2);
  world.Look();
  ASSERT_TRUE(world.Act());
  EXPECT_EQ(world.record->transitions, 0) << "nobody was in between";
  EXPECT_TRUE(world.elector.IsOurs());
}

TEST(LeaseElector, YieldingLeavesNothingToActOnAndKeepsTheLeaseUntilReleased) {
  ElectorWorld world;
  world.Look();
  ASSERT_TRUE(world.Act());
  EXPECT_FALSE(world.Due(LeaseWish::kYield));
  EXPECT_EQ(world.elector.Left(world.now), Duration::zero());
  world.now += seconds(4);
  ASSERT_TRUE(world.Act(LeaseWish::kYield));
  EXPECT_EQ(world.record->holder, "a") << "renewed while work is under way";
  ASSERT_TRUE(world.Act(LeaseWish::kRelease));
  EXPECT_EQ(world.record->holder, "");
  EXPECT_EQ(world.record->transitions, 0);
  EXPECT_FALSE(world.elector.IsOurs());
}

TEST(LeaseElector, AReleaseThatIsTakenBackGoesOnInTheSameTenure) {
  ElectorWorld world;
  world.Look();
  ASSERT_TRUE(world.Act());
  EXPECT_FALSE(world.Due(LeaseWish::kYield));
  EXPECT_FALSE(world.Due(LeaseWish::kHold));
  EXPECT_GT(world.elector.Left(world.now), seconds(40));
  EXPECT_EQ(world.elector.tenures(), 1);
}

TEST(LeaseElector, TakenAgainAfterAReleaseIsANewTenureAndEpoch) {
  ElectorWorld world;
  world.Look();
  ASSERT_TRUE(world.Act());
  ASSERT_TRUE(world.Act(LeaseWish::kRelease));
  world.Look();
  ASSERT_TRUE(world.Act());
  EXPECT_EQ(world.elector.tenures(), 2);
  EXPECT_EQ(world.elector.epoch(), 2);
}

// The one promise that counts, over random interleavings: what one has left, nobody else may take.
TEST(LeaseElector, TwoNeverHaveSomethingLeftAtOnce) {
  SeededRandom chance(7);
  int acquisitions = 0;
  for (int round = 0; round < 200; ++round) {
    ElectorWorld a("a");
    ElectorWorld b("b");
    std::optional<LeaseRecord> server;
    for (int step = 0; step < 200; ++step) {
      auto& self = UniformBelow(chance, 2) == 0 ? a : b;
      auto& other = &self == &a ? b : a;
      const Duration pause = UniformBelow(chance, Duration(seconds(UniformBelow(chance, 9) + 1)));
      a.now = b.now += pause;
      if (UniformBelow(chance, 3) == 0) {
        self.record = server;
        self.Look();
        continue;
      }
      const auto write = self.Due();
      if (!write) continue;
      const bool fits = server ? server->resource_version == write->record.resource_version
                               : write->record.resource_version.empty();
      const auto sent = self.now;
      const auto fate = UniformBelow(chance, 6);
      const bool done = fits && fate != 0;
      if (done) {
        server = write->record;
        server->resource_version = std::to_string(round) + "-" + std::to_string(step);
      }
      a.now = b.now += UniformBelow(chance, Duration(seconds(3)));
      const Result<LeaseRecord> answer = done && fate != 1
                                             ? Result<LeaseRecord>(*server)
                                             : Fail(ErrorClass::kTransient, "Lost", "");
      const bool had = self.elector.IsOurs();
      self.elector.Answered(*write, answer, sent, self.now);
      if (!had && self.elector.IsOurs()) ++acquisitions;
      ASSERT_FALSE(self.elector.Left(self.now) > Duration::zero() &&
                   other.elector.Left(self.now) > Duration::zero());
    }
  }
  EXPECT_GT(acquisitions, 200);
}

}  // namespace
}  // namespace instanced
