#include "controller/journal/journal_file.h"

#include <sys/stat.h>

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/journal/schema.h"
#include "tests/controller/journal/temp_journal.h"
#include "tests/fakes/faulty_vfs/faulty_vfs.h"

namespace instanced {
namespace {

using JournalFileTest = TempJournal;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(JournalFileTest, ObjectsComeBackExactlyAfterReopening) {
  ObjectRow row = MakeRow("front-desk");
  row.admin_annotations = {{"instanced.dev/paused", "true"}};
  row.deletion_timestamp = "2026-02-01T00:00:00Z";
  {
    auto file = Open();
    ASSERT_TRUE(file->Begin());
    row.resource_version = *file->PutObject(row, 0);
    ASSERT_TRUE(file->Commit());
  }
  auto file = Open();
  EXPECT_TRUE(file->damage().Empty());
  EXPECT_THAT(file->LoadObjects()->rows, ElementsAre(row));
}

TEST_F(JournalFileTest, StaleResourceVersionIsAConflictAndChangesNothing) {
  auto file = Open();
  const ObjectRow row = MakeRow("a");
  ASSERT_TRUE(file->Begin());
  const auto first = file->PutObject(row, 0);
  const auto second = file->PutObject(row, *first);
  EXPECT_GT(*second, *first);
  auto stale = file->PutObject(MakeRow("a"), *first);
  auto twice = file->PutObject(MakeRow("a"), 0);
  ASSERT_TRUE(file->Commit());
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().error_class, ErrorClass::kWriteConflict);
  EXPECT_EQ(twice.error().error_class, ErrorClass::kWriteConflict);
  EXPECT_EQ(file->LoadObjects()->rows.at(0).resource_version, *second);
}

TEST_F(JournalFileTest, DeletionsAreCountedAsIncarnations) {
  auto file = Open();
  ObjectRow row = MakeRow("a");
  for (std::int64_t life = 0; life < 3; ++life) {
    row.incarnation = life;
    ASSERT_TRUE(file->Begin());
    auto version = file->PutObject(row, 0);
    ASSERT_TRUE(file->DeleteObject(row.key, *version));
    ASSERT_TRUE(file->Commit());
  }
  const auto loaded = file->LoadObjects();
  EXPECT_TRUE(loaded->rows.empty());
  EXPECT_EQ(loaded->incarnations.at(row.key), 3);
}

TEST_F(JournalFileTest, RollbackLeavesNothingBehind) {
  auto file = Open();
  Fill(*file, 2);
  ASSERT_TRUE(file->Begin());
  ASSERT_TRUE(file->PutObject(MakeRow("lost"), 0));
  file->Rollback();
  EXPECT_EQ(file->LoadObjects()->rows.size(), 2u);
  file.reset();
  EXPECT_TRUE(Open()->damage().Empty());
}

TEST_F(JournalFileTest, OwnerIdIsMadeOnceAndOutlivesTheFile) {
  const std::string owner = Open()->owner_id();
  EXPECT_EQ(owner.size(), 36u);
  EXPECT_EQ(Open()->owner_id(), owner);
  std::filesystem::remove(options_.path);
  random_.Next();
  auto anew = Open();
  EXPECT_EQ(anew->owner_id(), owner);
  EXPECT_GT(anew->damage().lost_writes, 0);
}

TEST_F(JournalFileTest, SecondHolderIsRefusedWithThePid) {
  auto file = Open();
  auto second = TryOpen();
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, "InUse");
  EXPECT_THAT(second.error().message, HasSubstr("pid " + std::to_string(getpid())));
  file.reset();
  EXPECT_TRUE(TryOpen());
}

TEST_F(JournalFileTest, FileIsReadableByItsOwnerOnly) {
  Open();
  struct stat info{};
  ASSERT_EQ(::stat(options_.path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(JournalFileTest, AFileThatIsNoDatabaseIsRefusedAndKept) {
  const std::string text = "apiVersion: instanced.dev/v1alpha1\n" + std::string(200, '#');
  WriteBytes(options_.path, text);
  auto file = TryOpen();
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, "Damaged");
  EXPECT_THAT(file.error().message, HasSubstr("--repair-state"));
  EXPECT_EQ(ReadBytes(options_.path), text);
}

TEST_F(JournalFileTest, AnotherProgramsDatabaseIsRefusedEvenWhenRepairIsAsked) {
  {
    auto other = Database::Open(options_.path, "");
    ASSERT_TRUE((*other)->Execute("CREATE TABLE bookmarks(url TEXT)"));
  }
  const auto before = ReadBytes(options_.path);
  options_.on_damage = OnDamage::kMoveAside;
  auto file = TryOpen();
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, "ForeignFile");
  EXPECT_EQ(ReadBytes(options_.path), before);
}

TEST_F(JournalFileTest, RepairMovesTheFileAsideAndKeepsEverySoundRecord) {
  std::string owner;
  {
    auto file = Open();
    owner = file->owner_id();
    Fill(*file, 40);
    ASSERT_TRUE(file->Begin());
    ASSERT_TRUE(file->Append(MakeEntry("n1", 1000)));
    ASSERT_TRUE(file->Commit());
  }
  auto bytes = ReadBytes(options_.path);
  bytes.replace(bytes.size() - 4096, 100, std::string(100, '\0'));
  WriteBytes(options_.path, bytes);
  ASSERT_FALSE(TryOpen());
  options_.on_damage = OnDamage::kMoveAside;
  auto file = Open();
  EXPECT_EQ(file->damage().moved_aside, options_.path + ".damaged-1");
  EXPECT_EQ(ReadBytes(file->damage().moved_aside), bytes);
  EXPECT_EQ(file->owner_id(), owner);
  const auto rows = file->LoadObjects()->rows;
  EXPECT_FALSE(rows.empty());
  for (auto row : rows) {
    row.resource_version = 0;
    EXPECT_EQ(row, MakeRow(row.key.name));
  }
}

// Whoever repairs may be killed at any write; the next one finds all there was.
TEST_F(JournalFileTest, ARepairThatIsKilledLosesNothing) {
  Fill(*Open(), 40);
  auto bytes = ReadBytes(options_.path);
  bytes.replace(bytes.size() - 4096, 100, std::string(100, '\0'));
  options_.on_damage = OnDamage::kMoveAside;
  const auto path = options_.path;
  std::size_t sound = 0;
  int kills = 0;
  for (bool killed = true; killed; ++kills) {
    options_.path = path + std::to_string(kills);
    WriteBytes(options_.path, bytes);
    FaultyVfs vfs("repair", DiskSync::kSkipped);
    vfs.Set(DiskFault::kKilledAfterSomeWrites, kills);
    options_.vfs = "repair";
    TryOpen();
    killed = vfs.IsKilled();
    options_.vfs.clear();
    const auto left = Open()->LoadObjects()->rows.size();
    if (kills == 0) sound = left;
    EXPECT_EQ(left, sound) << "killed after " << kills << " writes";
  }
  EXPECT_GT(sound, 10U);
  EXPECT_GT(kills, 10);
  // Between the two renamings at its end.
  options_.path = path + "0";
  std::filesystem::rename(options_.path, options_.path + ".rebuilt");
  EXPECT_EQ(Open()->LoadObjects()->rows.size(), sound);
}

TEST_F(JournalFileTest, NewerVersionIsRefused) {
  Open();
  {
    auto database = Database::Open(options_.path, "");
    ASSERT_TRUE((*database)->Execute("PRAGMA user_version = 99"));
  }
  auto file = TryOpen();
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, "NewerVersion");
}

TEST(Schema, MigrationAddsOnlyTheMissingSteps) {
  TempDirectory directory;
  auto database = Database::Open(directory.path() + "/m.db", "");
  ASSERT_TRUE(Migrate(**database, Migrations()));
  const std::string_view steps[] = {"this is not SQL and must not run",
                                    "ALTER TABLE documents ADD COLUMN note TEXT;"};
  ASSERT_TRUE(Migrate(**database, steps));
  EXPECT_EQ((*database)->QueryInt("PRAGMA user_version"), 2);
  EXPECT_TRUE((*database)->Execute("SELECT note FROM documents"));
}

TEST(Schema, FailedMigrationChangesNothing) {
  TempDirectory directory;
  auto database = Database::Open(directory.path() + "/m.db", "");
  ASSERT_TRUE(Migrate(**database, Migrations()));
  const std::string_view steps[] = {"", "CREATE TABLE half(x); nonsense;"};
  EXPECT_FALSE(Migrate(**database, steps));
  EXPECT_EQ((*database)->QueryInt("PRAGMA user_version"), 1);
  EXPECT_EQ((*database)->QueryInt("SELECT count(*) FROM sqlite_master WHERE name = 'half'"), 0);
}

TEST_F(JournalFileTest, ChurnIsCountedOncePerIdentityAndOutlivesARestart) {
  const WallTime at(std::chrono::milliseconds(5000));
  {
    auto file = Open();
    ASSERT_TRUE(file->Begin());
    ASSERT_TRUE(file->RecordChurn({"connect/1/us-east-1", "u1/create/1", at}));
    ASSERT_TRUE(
        file->RecordChurn({"connect/1/us-east-1", "u1/create/1", at + std::chrono::hours(1)}));
    ASSERT_TRUE(file->RecordChurn({"connect/1/us-east-1", "u1/delete/1", at}));
    ASSERT_TRUE(file->Commit());
  }
  auto file = Open();
  EXPECT_EQ(file->LoadChurn(at)->size(), 2u);
  EXPECT_EQ(file->LoadChurn(at + std::chrono::milliseconds(1))->size(), 0u);
}

TEST_F(JournalFileTest, HistoryIsFoundByObjectAndTimeNewestFirst) {
  auto file = Open();
  ASSERT_TRUE(file->Begin());
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(file->Append(MakeEntry(i % 2 ? "odd" : "even", 1000 * i)));
  }
  ASSERT_TRUE(file->Commit());
  const ObjectKey odd{Kind::kConnectInstance, "default", "odd"};
  auto entries =
      file->History({.key = odd, .since = WallTime(std::chrono::milliseconds(3000)), .limit = 3});
  ASSERT_EQ(entries->size(), 3u);
  EXPECT_EQ(entries->at(0).sequence, 10);
  EXPECT_EQ(entries->at(2).sequence, 6);
  EXPECT_EQ(entries->at(0).message, "created odd");
}

TEST_F(JournalFileTest, RetentionRemovesTheOldestByCountAndByAge) {
  options_.retention = {.age = std::chrono::hours(1), .entries_max = 100};
  auto file = Open();
  ASSERT_TRUE(file->Begin());
  for (int i = 0; i < 512; ++i) ASSERT_TRUE(file->Append(MakeEntry("a", i)));
  ASSERT_TRUE(file->Commit());
  EXPECT_EQ(file->History({.key = {}, .since = {}, .limit = 1000})->size(), 100u);
  ASSERT_TRUE(file->Begin());
  ASSERT_TRUE(file->Append(MakeEntry("a", 2 * 3600 * 1000)));
  ASSERT_TRUE(file->Commit());
  file.reset();
  EXPECT_EQ(Open()->History({.key = {}, .since = {}, .limit = 1000})->size(), 1u);
}

}  // namespace
}  // namespace instanced
