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
  inventory.Need(Key("later"), T(15));
  EXPECT_EQ(inventory.Fail(Error{}, "mine"), (std::vector{Key("a"), Key("later")}))
      << "who asks next lists by its own credential";
  EXPECT_FALSE(inventory.SweepWanted());
  EXPECT_TRUE(inventory.FailureSince(T(10), "mine"));
  EXPECT_FALSE(inventory.FailureSince(T(11), "mine")) << "older than who asks";
  EXPECT_FALSE(inventory.FailureSince(T(10), "another's"));
  EXPECT_EQ(Since(inventory, 0)->size(), 1u) << "half a list is no list";
  Sweep(inventory, 20, {});
  EXPECT_FALSE(inventory.FailureSince(T(0), "mine"));
}

TEST(Inventory, WhatAgreesAlreadyIsKeptAsAFingerprintOnly) {
  Inventory inventory;
  auto known = Entry("known");
  known.fields = {{"name", "as declared"}};
  auto drifted = known;
  drifted.external_name = "drifted";
  drifted.fields["name"] = "another";
  inventory.Begin(T(1));
  inventory.AddPage({known, drifted}, [&](const std::string&, std::uint64_t digest) {
    return digest == DigestOf(known);
  });
  inventory.Finish(T(2));
  const auto snapshot = Since(inventory, 0);
  EXPECT_EQ(snapshot->Find("known")->kept, Snapshot::Kept::kFingerprint);
  EXPECT_EQ(snapshot->Find("known")->digest, DigestOf(known));
  EXPECT_TRUE(snapshot->Find("known")->observation.fields.is_null());
  EXPECT_EQ(snapshot->Find("drifted")->kept, Snapshot::Kept::kWhole);
  EXPECT_EQ(snapshot->Find("drifted")->observation.fields, drifted.fields);
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
