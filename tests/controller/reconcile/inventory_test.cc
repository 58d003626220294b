#include "controller/reconcile/inventory.h"

#include <gtest/gtest.h>

namespace instanced {
namespace {

using std::chrono::seconds;

MonotonicTime T(int at) { return MonotonicTime(seconds(at)); }
ObjectKey Key(const char* name) { return {Kind::kConnectInstance, "default", name}; }

// A snapshot begun at or after this second, however old.
std::shared_ptr<const Snapshot> Since(const Inventory& inventory, int begun_after) {
  return inventory.SnapshotSince(T(begun_after), T(0));
}

Observation Entry(const std::string& name) {
  Observation observation;
  observation.external_name = name;
  return observation;
}

std::vector<ObjectKey> Sweep(Inventory& inventory, int begun, std::vector<Observation> entries) {
  inventory.Begin(T(begun));
  inventory.AddPage(std::move(entries));
  return inventory.Finish(T(begun + 1));
}

TEST(Inventory, NothingIsShownUntilTheLastPageIsRead) {
  Inventory inventory;
  inventory.Begin(T(1));
  inventory.AddPage({Entry("a")});
  EXPECT_FALSE(Since(inventory, 0));
  inventory.AddPage({Entry("b")});
  inventory.Finish(T(2));
  ASSERT_TRUE(Since(inventory, 0));
  EXPECT_EQ(Since(inventory, 0)->size(), 2u);
}

TEST(Inventory, ASnapshotServesOnlyThoseWhoNeedNoneBegunLater) {
  Inventory inventory;
  Sweep(inventory, 10, {});
  EXPECT_TRUE(Since(inventory, 10));
  EXPECT_FALSE(Since(inventory, 11));
}

TEST(Inventory, ALongListIsAsOldAsItsEnd) {
  Inventory inventory;
  inventory.Begin(T(10));
  inventory.Finish(T(100));
  EXPECT_TRUE(inventory.SnapshotSince(T(10), T(100)));
  EXPECT_FALSE(inventory.SnapshotSince(T(10), T(101)));
  inventory.Need(Key("a"), *inventory.NextBegin());
  inventory.Begin(T(11));
  EXPECT_EQ(inventory.Finish(T(200)), std::vector{Key("a")}) << "the next list is newer";
}

TEST(Inventory, AnOldListIsLetGo) {
  Inventory inventory;
  Sweep(inventory, 10, {Entry("a")});
  inventory.DropOlderThan(T(11));
  EXPECT_TRUE(Since(inventory, 0));
  inventory.DropOlderThan(T(12));
  EXPECT_FALSE(Since(inventory, 0));
}

TEST(Snapshot, FindsAnEntryWholeAndTheLaterOfTwo) {
  Snapshot snapshot(T(1));
  auto early = Entry("a");
  early.fields = {{"name", "early"}};
  auto late = Entry("a");
  late.fields = {{"name", "late"}};
  late.at_provider = {{"state", "ok"}};
  snapshot.Add(early);
  snapshot.Add(Entry("b"));
  snapshot.Add(late);
  snapshot.Seal(T(2));
  EXPECT_EQ(snapshot.size(), 2u);
  ASSERT_TRUE(snapshot.Find("a"));
  EXPECT_EQ(snapshot.Find("a")->fields, late.fields);
  EXPECT_EQ(snapshot.Find("a")->at_provider, late.at_provider);
  EXPECT_TRUE(snapshot.Find("b")->fields.is_null());
  EXPECT_FALSE(snapshot.Find("c"));
}

TEST(Snapshot, AnObjectIsConcernedByItsNameItsMarkAndWhatIsUnmarked) {
  const Mark mark{"owner/a", "uid", "0123456789abcdef"};
  const auto make = [](const char* name, const char* natural, std::optional<ObservedMark> seen) {
    auto entry = Entry(name);
    entry.natural_key = natural;
    entry.mark = std::move(seen);
    return entry;
  };
  Snapshot snapshot(T(1));
  snapshot.Add(make("1-name", "wanted", ObservedMark{"owner/b", "u", ""}));
  snapshot.Add(make("2-tag", "other", ObservedMark{"owner/a", "earlier", ""}));
  snapshot.Add(make("3-suffix", "other", ObservedMark{"", "", "0123456789abcdef"}));
  snapshot.Add(make("4-unread", "other", std::nullopt));
  snapshot.Add(make("5-none", "other", ObservedMark{}));
  snapshot.Add(make("6-foreign", "other", ObservedMark{"owner/c", "u", ""}));
  snapshot.Seal(T(2));
  std::vector<std::string> names;
  for (const auto* entry : snapshot.Concerning("WANTED", mark)) {
    names.push_back(entry->external_name);
  }
  EXPECT_EQ(names, (std::vector<std::string>{"1-name", "2-tag", "3-suffix", "4-unread"}));
}

TEST(Inventory, OneSweepWakesAllWhomItServesAndTheRestWaitForTheNext) {
  Inventory inventory;
  inventory.Need(Key("early"), T(5));
  inventory.Need(Key("late"), T(50));
  EXPECT_TRUE(inventory.SweepWanted());
  inventory.Begin(T(10));
  EXPECT_FALSE(inventory.SweepWanted()) << "one is under way";
  EXPECT_EQ(inventory.Finish(T(11)), std::vector{Key("early")});
  EXPECT_TRUE(inventory.SweepWanted());
  EXPECT_EQ(Sweep(inventory, 50, {}), std::vector{Key("late")});
  EXPECT_FALSE(inventory.SweepWanted());
}

TEST(Inventory, AskingAgainNeverLowersTheDemand) {
  Inventory inventory;
  inventory.Need(Key("a"), T(20));
  inventory.Need(Key("a"), T(5));
  EXPECT_TRUE(Sweep(inventory, 10, {}).empty());
}

TEST(Inventory, AFailureWakesWhoWaitedKeepsTheOldSnapshotAndEndsWithTheNextSuccess) {
  Inventory inventory;
  Sweep(inventory, 1, {Entry("a")});
  inventory.Need(Key("a"), T(5));
  inventory.Begin(T(10));
  inventory.AddPage({});
  EXPECT_EQ(inventory.Fail(Error{}), std::vector{Key("a")});
  EXPECT_TRUE(inventory.FailureSince(T(10)));
  EXPECT_FALSE(inventory.FailureSince(T(11))) << "older than who asks";
  EXPECT_EQ(Since(inventory, 0)->size(), 1u) << "half a list is no list";
  Sweep(inventory, 20, {});
  EXPECT_FALSE(inventory.FailureSince(T(0)));
}

TEST(Inventory, AMarkIsRememberedWhileListsShowTheInstance) {
  Inventory inventory;
  inventory.LearnMark("a", {});
  Sweep(inventory, 1, {Entry("a")});
  EXPECT_TRUE(inventory.KnownMark("a"));
  Sweep(inventory, 2, {Entry("b")});
  EXPECT_FALSE(inventory.KnownMark("a")) << "the same id later is another instance";
}

TEST(Inventory, WhatCouldNotBeReadCountsAsUnmarkedUntilTheNextSnapshot) {
  Inventory inventory;
  inventory.LearnUnreadable("a");
  EXPECT_TRUE(inventory.KnownMark("a"));
  Sweep(inventory, 1, {Entry("a")});
  EXPECT_FALSE(inventory.KnownMark("a"));
}

}  // namespace
}  // namespace instanced
