#include "controller/source/file/snapshot_plan.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/source/file/object_life.h"
#include "tests/controller/source/file/line_manifests.h"

namespace instanced {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using Rows = RowTable;

FileReading File(const std::string& path, const std::string& text) {
  FileReading reading{path, std::make_shared<const ParsedManifest>(ParseLines(path, text)), {}, {}};
  if (!reading.IsGood()) reading.text = std::make_shared<const std::string>(text);
  return reading;
}

DirectorySnapshot Snapshot(std::vector<FileReading> files) {
  DirectorySnapshot snapshot;
  snapshot.files = std::move(files);
  return snapshot;
}

Rows Live(const std::vector<DesiredObject>& objects) {
  Rows rows;
  for (const auto& object : objects) {
    auto row = NewObject("owner", object, 0, "2026-01-01T00:00:00Z");
    const auto described = ObjectOf(row);
    rows.Put(std::move(row), described.value());
  }
  return rows;
}

std::vector<ObjectKey> DesiredKeys(const SnapshotPlan& plan) {
  std::vector<ObjectKey> keys;
  for (const auto& object : plan.changes.desired) keys.push_back(object.Key().Copy());
  std::ranges::sort(keys);
  return keys;
}

TEST(SnapshotPlan, AnObjectTakenOutOfAGoodFileVanishes) {
  const auto rows = Live({Declare("stays"), Declare("goes")});
  const auto plan = PlanSnapshot(Snapshot({File("a.yaml", "connect stays")}), rows, {});
  EXPECT_THAT(DesiredKeys(plan), ElementsAre(KeyOf("stays")));
  EXPECT_THAT(plan.changes.vanished, ElementsAre(KeyOf("goes")));
}

TEST(SnapshotPlan, ABrokenFileKeepsItsLastGoodObjects) {
  const auto rows = Live({Declare("x", "v1", "a.yaml"), Declare("y", "v1", "b.yaml")});
  const auto plan = PlanSnapshot(
      Snapshot({File("a.yaml", "!\nconnect x v2"), File("b.yaml", "connect y")}), rows, {});
  EXPECT_THAT(DesiredKeys(plan), ElementsAre(KeyOf("y")));
  EXPECT_THAT(plan.changes.vanished, IsEmpty());
  EXPECT_THAT(plan.report.kept, ElementsAre(KeyOf("x")));
  EXPECT_EQ(plan.report.problems.at(0).file, "a.yaml");
}

TEST(SnapshotPlan, ABrokenFileDoesNotKeepWhatItDoesNotSpeakOf) {
  const auto rows = Live({Declare("gone", "v1", "b.yaml"), Declare("y", "v1", "b.yaml")});
  const auto plan = PlanSnapshot(
      Snapshot({File("a.yaml", "!\nconnect other"), File("b.yaml", "connect y")}), rows, {});
  EXPECT_THAT(plan.changes.vanished, ElementsAre(KeyOf("gone")));
}

TEST(SnapshotPlan, AnObjectMovedIntoABrokenFileIsKept) {
  const auto rows = Live({Declare("moved", "v1", "b.yaml"), Declare("y", "v1", "b.yaml")});
  const auto plan = PlanSnapshot(
      Snapshot({File("a.yaml", "!\nconnect moved"), File("b.yaml", "connect y")}), rows, {});
  EXPECT_THAT(plan.changes.vanished, IsEmpty());
  EXPECT_THAT(plan.report.kept, ElementsAre(KeyOf("moved")));
}

TEST(SnapshotPlan, AFileThatIsGoneDeletesOnlyWhenAllOthersAreGood) {
  const auto rows = Live({Declare("x", "v1", "a.yaml"), Declare("y", "v1", "b.yaml")});
  auto plan = PlanSnapshot(Snapshot({File("b.yaml", "connect y"), File("c.yaml", "!")}), rows, {});
  EXPECT_THAT(plan.changes.vanished, IsEmpty());
  plan = PlanSnapshot(Snapshot({File("b.yaml", "connect y")}), rows, {});
  EXPECT_THAT(plan.changes.vanished, ElementsAre(KeyOf("x")));
}

TEST(SnapshotPlan, AnUnreadableFileStopsEveryDeletion) {
  const auto rows = Live({Declare("x"), Declare("y")});
  const auto plan = PlanSnapshot(
      Snapshot({File("a.yaml", "connect y"), {"b.yaml", nullptr, "cannot open it", nullptr}}), rows,
      {});
  EXPECT_THAT(plan.changes.vanished, IsEmpty());
}

TEST(SnapshotPlan, TheSameKeyInTwoFilesChangesNeitherAndNamesBoth) {
  const auto rows = Live({Declare("x", "v1", "a.yaml")});
  const auto plan = PlanSnapshot(
      Snapshot({File("a.yaml", "connect x v2"), File("b.yaml", "connect x v3\nconnect z")}), rows,
      {});
  EXPECT_THAT(DesiredKeys(plan), ElementsAre(KeyOf("z")));
  EXPECT_THAT(plan.changes.vanished, IsEmpty());
  ASSERT_EQ(plan.report.problems.size(), 1u);
  EXPECT_THAT(plan.report.problems[0].message, HasSubstr("a.yaml"));
  EXPECT_THAT(plan.report.problems[0].message, HasSubstr("b.yaml"));
}

TEST(SnapshotPlan, VanishedUnreadableAndEmptyHoldEverythingUntilApproved) {
  const auto rows = Live({Declare("x"), Declare("y")});
  DirectorySnapshot vanished;
  vanished.condition = DirectoryCondition::kVanished;
  DirectorySnapshot unreadable;
  unreadable.condition = DirectoryCondition::kUnreadable;
  const std::pair<DirectorySnapshot, DirectoryState> cases[] = {
      {vanished, DirectoryState::kVanished},
      {unreadable, DirectoryState::kUnreadable},
      {Snapshot({}), DirectoryState::kEmpty},
      {Snapshot({File("a.yaml", "")}), DirectoryState::kEmpty}};
  for (const auto& [snapshot, state] : cases) {
    auto plan = PlanSnapshot(snapshot, rows, {});
    EXPECT_EQ(plan.report.state, state);
    EXPECT_THAT(plan.changes.vanished, IsEmpty());
    EXPECT_THAT(plan.report.held, ElementsAre(KeyOf("x"), KeyOf("y")));
    plan = PlanSnapshot(snapshot, rows, {KeyOf("x")});
    EXPECT_THAT(plan.changes.vanished, ElementsAre(KeyOf("x")));
    EXPECT_THAT(plan.report.held, ElementsAre(KeyOf("y")));
  }
}

TEST(SnapshotPlan, ADirectoryWhoseOnlyFileIsBrokenIsNotEmpty) {
  const auto plan =
      PlanSnapshot(Snapshot({File("a.yaml", "!\nconnect x")}), Live({Declare("x")}), {});
  EXPECT_EQ(plan.report.state, DirectoryState::kOk);
  EXPECT_THAT(plan.report.kept, ElementsAre(KeyOf("x")));
}

TEST(SnapshotPlan, AMovedFileChangesNothingButTheRecordedFile) {
  const auto rows = Live({Declare("x", "v1", "a.yaml")});
  const auto plan = PlanSnapshot(Snapshot({File("sub/b.yaml", "connect x")}), rows, {});
  EXPECT_THAT(plan.changes.vanished, IsEmpty());
  const auto row = rows.Find(KeyOf("x")).value();
  const auto next = WithDesired(row, plan.changes.desired.at(0).Unpack());
  ASSERT_TRUE(next);
  EXPECT_EQ(next->file, "sub/b.yaml");
  EXPECT_EQ(next->generation, row.generation);
  EXPECT_EQ(next->uid, row.uid);
}

}  // namespace
}  // namespace instanced
