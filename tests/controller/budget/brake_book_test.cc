#include "controller/budget/brake_book.h"

#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

ObjectKey Key(int number, Kind kind = Kind::kConnectInstance) {
  return ObjectKey{kind, "default", "object-" + std::to_string(number)};
}

class BrakeBookTest : public ::testing::Test {
 protected:
  void Pass(Duration span) {
    at.now += span;
    at.wall += std::chrono::duration_cast<std::chrono::milliseconds>(span);
  }
  void Population(int count, Kind kind = Kind::kConnectInstance) {
    book.ObservePopulation(kind, count, at.now);
  }
  std::string Ask(const ObjectKey& key) { return Word(book.Ask({.key = key}, at)); }
  static std::string Word(const BrakeVerdict& verdict) {
    if (std::holds_alternative<DeletionProceeds>(verdict)) return "proceeds";
    if (std::holds_alternative<DeletionSettles>(verdict)) return "settles";
    if (std::holds_alternative<DeletionReleased>(verdict)) return "released";
    return "held " + std::string(ToString(std::get<DeletionHeld>(verdict).cause));
  }
  // Its deletion is wanted too, and nobody knows its instance yet.
  void LookFor(const ObjectKey& key) {
    EXPECT_EQ(Word(book.Ask({.key = key, .instance = InstanceHeld::kUnknown}, at)), "proceeds");
  }
  // A batch is wanted at once, settles, and is asked about again: how many proceed.
  int Batch(int from, int count) {
    for (int i = from; i < from + count; ++i) Ask(Key(i));
    Pass(seconds(2));
    int proceed = 0;
    for (int i = from; i < from + count; ++i) proceed += Ask(Key(i)) == "proceeds" ? 1 : 0;
    return proceed;
  }
  std::string OnlyId() {
    const auto brakes = book.List();
    EXPECT_EQ(brakes.size(), 1U);
    return brakes.empty() ? "" : brakes[0].id;
  }

  Instant at{MonotonicTime(hours(1)), WallTime(hours(490'000))};
  BrakeBook book;
};

TEST_F(BrakeBookTest, DeletionSettlesFirstThenProceeds) {
  Population(10);
  EXPECT_EQ(Ask(Key(1)), "settles");
  EXPECT_EQ(book.NextWake(at.now), at.now + seconds(2));
  Pass(seconds(2));
  EXPECT_EQ(Ask(Key(1)), "proceeds");
}

TEST_F(BrakeBookTest, FiveOfManyProceed) {
  Population(20);
  EXPECT_EQ(Batch(0, 5), 5);
}

TEST_F(BrakeBookTest, SixThatAreMoreThanAFifthAreHeldAsAWhole) {
  Population(20);
  EXPECT_EQ(Batch(0, 6), 0);
  ASSERT_EQ(book.List().size(), 1U);
  EXPECT_EQ(book.List()[0].keys.size(), 6U);
}

TEST_F(BrakeBookTest, APopulationThatNobodyConfirmedForAWindowIsNoBase) {
  Population(1);
  Pass(hours(3));  // and a second one came unseen
  Population(2);
  EXPECT_EQ(Batch(0, 2), 0) << "all of two are held, not let go as one of one";

  Population(1000, Kind::kSupplyChainInstance);
  Pass(hours(3));
  Population(20, Kind::kSupplyChainInstance);
  for (int i = 0; i < 19; ++i) Ask(Key(i, Kind::kSupplyChainInstance));
  Pass(seconds(2));
  EXPECT_EQ(Ask(Key(0, Kind::kSupplyChainInstance)), "held MassDeletion")
      << "19 of 20 are not 19 of 1000";
}

TEST_F(BrakeBookTest, SixThatAreAFifthOrLessProceed) {
  Population(30);
  EXPECT_EQ(Batch(0, 6), 6);
}

TEST_F(BrakeBookTest, AllOfAKindThatHadTwoOrMoreAreHeld) {
  Population(2);
  EXPECT_EQ(Batch(0, 2), 0);
}

TEST_F(BrakeBookTest, AllOfAKindAreHeldAlsoWhenTheyCameWithinTheWindow) {
  Population(0);
  Pass(seconds(5));
  Population(3);
  EXPECT_EQ(Batch(0, 3), 0);
}

TEST_F(BrakeBookTest, TheLastOfThoseThatCameWithinTheWindowIsHeldAlsoWhenTheyLeaveOneByOne) {
  Population(0);
  Pass(seconds(5));
  Population(2);
  EXPECT_EQ(Batch(0, 1), 1);
  book.Gone(Key(0), at.now);
  Population(1);
  EXPECT_EQ(Batch(1, 1), 0);
}

TEST_F(BrakeBookTest, ADeletionWaitsForOneOfItsKindWhoseInstanceIsStillLookedFor) {
  Population(1);
  LookFor(Key(1));
  Ask(Key(0));
  Pass(seconds(2));
  EXPECT_EQ(Ask(Key(0)), "settles");
  EXPECT_EQ(book.NextWake(at.now), at.now + seconds(2));
  Pass(milliseconds(500));
  LookFor(Key(1));
  Pass(milliseconds(500));
  EXPECT_EQ(Ask(Key(1)), "settles") << "found, before anybody counted anew";
  Pass(seconds(1));
  EXPECT_EQ(Ask(Key(0)), "held MassDeletion") << "two of two, whichever asks first";
  Pass(seconds(1));
  EXPECT_EQ(Ask(Key(1)), "held MassDeletion");
}

TEST_F(BrakeBookTest, ADeletionGoesOnWhenNothingWasFoundOfTheOther) {
  Population(1);
  for (const bool gone : {true, false}) {
    LookFor(Key(1));
    Ask(Key(0));
    Pass(seconds(2));
    EXPECT_EQ(Ask(Key(0)), "settles");
    gone ? book.Gone(Key(1), at.now) : book.Withdraw(Key(1), at.now);
    EXPECT_EQ(Ask(Key(0)), "proceeds");
    book.Withdraw(Key(0), at.now);
  }
}

TEST_F(BrakeBookTest, WhatIsNeverFoundStopsTheOthersForAMinuteAtMost) {
  Population(1);
  LookFor(Key(1));
  Ask(Key(0));
  int asked = 0;
  const MonotonicTime begin = at.now;
  while (Ask(Key(0)) == "settles") {
    ASSERT_LT(++asked, 10);
    LookFor(Key(1));
    ASSERT_TRUE(book.NextWake(at.now));
    Pass(*book.NextWake(at.now) - at.now);
  }
  EXPECT_EQ(at.now - begin, minutes(1));
  EXPECT_FALSE(book.NextWake(at.now));
  EXPECT_EQ(Ask(Key(0)), "proceeds");
}

TEST_F(BrakeBookTest, WhatIsLookedForOfAnotherKindStopsNobody) {
  Population(1);
  LookFor(Key(1, Kind::kOutboundBotInstance));
  EXPECT_EQ(Batch(0, 1), 1);
}

TEST_F(BrakeBookTest, TheOnlyOneOfAKindProceeds) {
  Population(1);
  EXPECT_EQ(Batch(0, 1), 1);
}

TEST_F(BrakeBookTest, KindsAreCountedApart) {
  Population(20);
  Population(1, Kind::kOutboundBotInstance);
  EXPECT_EQ(Batch(0, 5), 5);
  Ask(Key(1, Kind::kOutboundBotInstance));
  Pass(seconds(2));
  EXPECT_EQ(Ask(Key(1, Kind::kOutboundBotInstance)), "proceeds");
}

TEST_F(BrakeBookTest, DeletionsOneByOneAreCountedOverTheWindow) {
  Population(20);
  for (int i = 0; i < 5; ++i) {
    ASSERT_EQ(Batch(i, 1), 1) << i;
    book.Gone(Key(i), at.now);
    Population(19 - i);
    Pass(minutes(1));
  }
  EXPECT_EQ(Batch(5, 1), 0) << "the sixth within ten minutes";
  EXPECT_EQ(Ask(Key(5)), "held MassDeletion");
}

TEST_F(BrakeBookTest, DeletionsOlderThanTheWindowDoNotCount) {
  Population(40);
  EXPECT_EQ(Batch(0, 5), 5);
  for (int i = 0; i < 5; ++i) book.Gone(Key(i), at.now);
  Population(35);
  Pass(minutes(11));
  EXPECT_EQ(Batch(5, 5), 5);
}

TEST_F(BrakeBookTest, ObjectsMadeWithinTheWindowDoNotDiluteTheShare) {
  Population(10);
  Pass(minutes(1));
  Population(100);
  EXPECT_EQ(Batch(0, 9), 0) << "nine of the ten that were there";
}

TEST_F(BrakeBookTest, WithoutInstanceNothingIsCountedOrHeld) {
  Population(3);
  for (int i = 0; i < 50; ++i) {
    const auto verdict = book.Ask({.key = Key(i), .instance = InstanceHeld::kUnknown}, at);
    EXPECT_TRUE(std::holds_alternative<DeletionProceeds>(verdict));
  }
  EXPECT_TRUE(book.List().empty());
}

TEST_F(BrakeBookTest, OneMoreKeyIsAnotherId) {
  Population(20);
  Batch(0, 6);
  const std::string before = OnlyId();
  EXPECT_EQ(Ask(Key(6)), "held MassDeletion");
  EXPECT_NE(OnlyId(), before);
  const auto refused = book.Approve(before, "alice", at);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, ::testing::HasSubstr(OnlyId()));
  EXPECT_EQ(Ask(Key(0)), "held MassDeletion");
}

TEST_F(BrakeBookTest, ApprovalCoversExactlyTheKeysSeen) {
  Population(20);
  Batch(0, 6);
  const auto approved = book.Approve(OnlyId(), "alice", at);
  ASSERT_TRUE(approved);
  EXPECT_EQ(approved->size(), 6U);
  for (int i = 0; i < 6; ++i) EXPECT_EQ(Ask(Key(i)), "proceeds");
  EXPECT_EQ(Batch(6, 6), 0);
}

TEST_F(BrakeBookTest, ApprovalEndsAfterADay) {
  Population(20);
  Batch(0, 6);
  ASSERT_TRUE(book.Approve(OnlyId(), "alice", at));
  Pass(hours(24));
  EXPECT_EQ(Ask(Key(0)), "held MassDeletion");
}

TEST_F(BrakeBookTest, ReleasedKeysKeepTheirInstances) {
  Population(20);
  Batch(0, 6);
  ASSERT_TRUE(book.Release(OnlyId(), "bob", at));
  for (int i = 0; i < 6; ++i) EXPECT_EQ(Ask(Key(i)), "released");
  EXPECT_TRUE(book.List().empty());
}

TEST_F(BrakeBookTest, HeldStaysHeldWhenTheWindowHasPassed) {
  Population(20);
  Batch(0, 6);
  Pass(hours(5));
  EXPECT_EQ(Ask(Key(0)), "held MassDeletion");
}

TEST_F(BrakeBookTest, WhatWasLetGoAndThenBarredIsJudgedAnewWhenItCanBeSent) {
  Population(3);
  EXPECT_EQ(Batch(0, 1), 1);
  EXPECT_TRUE(book.Bar(Key(0)));
  EXPECT_FALSE(book.Bar(Key(0))) << "nothing new";
  const auto document = book.Export(at);
  Pass(minutes(20));
  Population(2);
  Ask(Key(1));
  EXPECT_EQ(Ask(Key(0)), "settles");
  Pass(seconds(2));
  EXPECT_EQ(Ask(Key(1)), "held MassDeletion") << "two of two";
  EXPECT_EQ(Ask(Key(0)), "held MassDeletion");

  BrakeBook after;
  after.Import(document, at);
  EXPECT_EQ(Word(after.Ask({.key = Key(0)}, at)), "settles") << "a restart remembers it";
}

TEST_F(BrakeBookTest, WhatIsBarredIsNoPartOfTheBatchUnlessItWasLetGoBefore) {
  Population(2);
  EXPECT_FALSE(book.Bar(Key(0)));
  EXPECT_EQ(Batch(1, 1), 1) << "the other alone";

  Population(2, Kind::kSupplyChainInstance);
  const auto sent = Key(0, Kind::kSupplyChainInstance);
  const auto other = Key(1, Kind::kSupplyChainInstance);
  Ask(sent);
  Pass(seconds(2));
  EXPECT_EQ(Ask(sent), "proceeds");
  book.Bar(sent);
  Ask(other);
  Pass(seconds(2));
  EXPECT_EQ(Ask(other), "held MassDeletion") << "it may be on its way out";
}

TEST_F(BrakeBookTest, WhatIsHeldStaysHeldWhileItIsBarred) {
  Population(2);
  EXPECT_EQ(Batch(0, 2), 0);
  const auto id = OnlyId();
  EXPECT_FALSE(book.Bar(Key(0)));
  EXPECT_EQ(OnlyId(), id);
  Pass(minutes(20));
  EXPECT_EQ(Ask(Key(0)), "held MassDeletion");
}

TEST_F(BrakeBookTest, WithdrawnDeletionsReleaseTheBrake) {
  Population(20);
  Batch(0, 6);
  for (int i = 0; i < 6; ++i) book.Withdraw(Key(i), at.now);
  EXPECT_TRUE(book.List().empty());
  EXPECT_EQ(Batch(0, 2), 2);
}

TEST_F(BrakeBookTest, RaisedBrakeHoldsEveryDeletionUntilCleared) {
  Population(20);
  ASSERT_EQ(Batch(0, 1), 1);
  book.Raise(BrakeCause::kManifestsVanished, {}, at);
  EXPECT_EQ(Ask(Key(0)), "held ManifestsVanished") << "even one that was let go";
  EXPECT_EQ(Ask(Key(1)), "held ManifestsVanished");
  book.Clear(BrakeCause::kManifestsVanished, std::nullopt, at.now);
  EXPECT_EQ(Ask(Key(1)), "settles");
}

TEST_F(BrakeBookTest, RaisedBrakeWithKeysHoldsOnlyThose) {
  Population(20);
  book.Raise(BrakeCause::kAccountMismatch, {.kind = std::nullopt, .keys = {Key(1)}}, at);
  EXPECT_EQ(Ask(Key(1)), "held AccountMismatch");
  EXPECT_EQ(Ask(Key(2)), "settles");
}

TEST_F(BrakeBookTest, ApprovalOfOneCauseDoesNotPassAnother) {
  Population(20);
  book.Raise(BrakeCause::kNamespaceRemoved, {}, at);
  book.Raise(BrakeCause::kAccountMismatch, {.kind = std::nullopt, .keys = {Key(1)}}, at);
  const std::string first = Ask(Key(1));
  ASSERT_TRUE(book.Approve(OnlyId(), "alice", at));
  EXPECT_NE(Ask(Key(1)), first);
  EXPECT_THAT(Ask(Key(1)), ::testing::StartsWith("held"));
  ASSERT_TRUE(book.Approve(OnlyId(), "alice", at));
  EXPECT_EQ(Ask(Key(1)), "proceeds");
}

TEST_F(BrakeBookTest, ObjectIsHeldAsAWholeUntilApprovedAndThatPassesNoOtherBrake) {
  Population(20);
  const auto hold = [&] { return Word(book.HoldObject(BrakeCause::kForeignMark, Key(1), at)); };
  EXPECT_EQ(hold(), "held ForeignMark");
  EXPECT_TRUE(book.Holds(BrakeCause::kForeignMark, Key(1)));
  EXPECT_EQ(Ask(Key(1)), "held ForeignMark") << "nor is it deleted";
  EXPECT_EQ(Ask(Key(2)), "settles");
  ASSERT_TRUE(book.Approve(OnlyId(), "alice", at));
  EXPECT_EQ(hold(), "proceeds");
  EXPECT_FALSE(book.Holds(BrakeCause::kForeignMark, Key(1)));
  EXPECT_EQ(Batch(1, 7), 0) << "all of them together are a mass deletion, approved or not";
}

TEST_F(BrakeBookTest, ObjectIsNoLongerHeldWhenItsCauseIsOver) {
  book.HoldObject(BrakeCause::kAccountMismatch, Key(1), at);
  book.HoldObject(BrakeCause::kAccountMismatch, Key(2), at);
  const std::string both = OnlyId();
  EXPECT_FALSE(book.EndHold(BrakeCause::kForeignMark, Key(1)));
  EXPECT_TRUE(book.EndHold(BrakeCause::kAccountMismatch, Key(1)));
  EXPECT_FALSE(book.EndHold(BrakeCause::kAccountMismatch, Key(1)));
  EXPECT_NE(OnlyId(), both);
  book.Gone(Key(2), at.now);
  EXPECT_TRUE(book.List().empty());
  Population(20);
  EXPECT_EQ(Ask(Key(2)), "settles") << "its next life is not held";
}

TEST_F(BrakeBookTest, WindowHoldsAndApprovalsSurviveARestart) {
  Population(20);
  Batch(0, 6);
  const std::string id = OnlyId();
  const auto document = nlohmann::json::parse(book.Export(at).dump());
  at.now = MonotonicTime(seconds(3));  // another process: monotonic time starts anew
  at.wall += minutes(5);
  BrakeBook restarted;
  restarted.Import(document, at);
  book = restarted;
  EXPECT_EQ(OnlyId(), id);
  EXPECT_EQ(Ask(Key(0)), "held MassDeletion");
  ASSERT_TRUE(book.Approve(id, "alice", at));
  restarted.Import(book.Export(at), at);
  book = restarted;
  EXPECT_EQ(Ask(Key(0)), "proceeds");
}

TEST_F(BrakeBookTest, RestartDoesNotEmptyTheWindow) {
  Population(20);
  ASSERT_EQ(Batch(0, 5), 5);
  for (int i = 0; i < 5; ++i) book.Gone(Key(i), at.now);
  const auto document = book.Export(at);
  at.now = MonotonicTime(seconds(3));
  at.wall += minutes(2);
  book.Import(document, at);
  Population(15);
  EXPECT_EQ(Batch(5, 1), 0);
}

TEST_F(BrakeBookTest, BrokenDocumentIsLeftOut) {
  book.Import(nlohmann::json::parse(R"({"wanted": [{"key": 3}, 7], "holds": {"a": 1},
      "population": [{"kind": "Nothing"}], "permissions": [{"key": "ConnectInstance/a/b",
      "until": 99999999999999999}]})"),
              at);
  book.Import(nlohmann::json("text"), at);
  EXPECT_TRUE(book.List().empty());
}

// Keys with an even number are one replica's, the others another's.
bool IsEven(const ObjectKey& key) { return (key.name.back() - '0') % 2 == 0; }
bool IsOdd(const ObjectKey& key) { return !IsEven(key); }

TEST_F(BrakeBookTest, APartIsWrittenAndReadWithoutTheOther) {
  Population(4);
  EXPECT_EQ(Batch(0, 4), 0);
  const auto even = book.Export(at, IsEven);
  EXPECT_EQ(even.dump().find("object-1"), std::string::npos);
  BrakeBook theirs;
  theirs.ObservePopulation(Kind::kConnectInstance, 4, at.now);
  theirs.Ask({.key = Key(1)}, at);
  theirs.Import(even, at, IsEven);
  ASSERT_EQ(theirs.List().size(), 1U);
  EXPECT_EQ(theirs.List()[0].keys, (std::vector<ObjectKey>{Key(0), Key(2)}));
  EXPECT_EQ(Word(theirs.Ask({.key = Key(1)}, at)), "held MassDeletion") << "as one of that batch";
  theirs.Import(nlohmann::json::object(), at, IsEven);
  EXPECT_EQ(theirs.List()[0].keys, (std::vector<ObjectKey>{Key(1)}));
}

TEST_F(BrakeBookTest, AHoldOfTheOtherPartIsNoHoldOfEverything) {
  constexpr auto kCause = BrakeCause::kAccountMismatch;
  book.HoldObject(kCause, Key(1), at);
  BrakeBook theirs;
  theirs.Import(book.Export(at, IsEven), at, IsEven);
  EXPECT_EQ(Word(theirs.Ask({.key = Key(0)}, at)), "settles");
  book.Import(nlohmann::json::object(), at, IsOdd);
  EXPECT_EQ(Ask(Key(2)), "settles");
  EXPECT_FALSE(book.Holds(kCause, Key(1)));
}

TEST_F(BrakeBookTest, DeletionsThatOthersSeeToCount) {
  Population(12);
  book.ObserveElsewhere(Kind::kConnectInstance, {.leaving = 3, .recent = 3});
  EXPECT_EQ(Batch(0, 3), 0) << "six of twelve";
  EXPECT_EQ(book.List()[0].keys.size(), 3U) << "only ours are held here";
}

TEST_F(BrakeBookTest, DeletionsThatOthersSawToLongAgoDoNotCount) {
  Population(12);
  book.ObserveElsewhere(Kind::kConnectInstance, {.leaving = 3, .recent = 0});
  EXPECT_EQ(Batch(0, 3), 3);
}

TEST_F(BrakeBookTest, TheLastOnesOfAKindAreAllOfThemWhoeverSeesToThem) {
  Population(2);
  book.ObserveElsewhere(Kind::kConnectInstance, {.leaving = 1, .recent = 1});
  EXPECT_EQ(Batch(0, 1), 0);
}

}  // namespace
}  // namespace instanced
