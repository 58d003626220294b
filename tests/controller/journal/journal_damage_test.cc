// Given a small journal file, whatever byte of it is changed or wherever it is cut, it is refused,
// repaired, or loses records; it never serves a record that was not written.
#include <map>

#include <gtest/gtest.h>

#include "tests/controller/journal/temp_journal.h"

namespace instanced {
namespace {

class JournalDamage : public TempJournal {
 protected:
  struct Tally {
    int refused = 0;
    int reported = 0;
    int unharmed = 0;
  };

  void SetUp() override {
    auto file = Open();
    owner_ = file->owner_id();
    Fill(*file, 6);
    ASSERT_TRUE(file->Begin());
    ASSERT_TRUE(file->Append(MakeEntry("n1", 1000)));
    ASSERT_TRUE(file->SaveDocument({"brakes", "{\"held\":3}"}));
    ASSERT_TRUE(file->RecordChurn({"connect/1/us-east-1", "u1", WallTime()}));
    ASSERT_TRUE(file->Commit());
    file.reset();
    bytes_ = ReadBytes(options_.path);
    lock_ = ReadBytes(options_.path + ".lock");
  }

  // Opens the journal with these bytes, and checks everything it serves against what was written.
  void Try(const std::string& bytes, const std::string& what) {
    for (const auto* suffix : {"-wal", "-shm"}) ::remove((options_.path + suffix).c_str());
    WriteBytes(options_.path, bytes);
    WriteBytes(options_.path + ".lock", lock_);
    auto file = TryOpen();
    if (!file) {
      EXPECT_EQ(file.error().error_class, ErrorClass::kStore) << what;
      ++tally_.refused;
      return;
    }
    EXPECT_EQ((*file)->owner_id(), owner_) << what;
    std::size_t served = CheckServed(**file, what);
    const bool reported = !(*file)->damage().Empty();
    EXPECT_TRUE(served == 8 || reported) << what << ": a record is gone without a word";
    ++(reported ? tally_.reported : tally_.unharmed);
  }

  std::size_t CheckServed(JournalFile& file, const std::string& what) {
    std::size_t served = 0;
    if (auto objects = file.LoadObjects()) {
      for (auto row : objects->rows) {
        row.resource_version = 0;
        EXPECT_EQ(row, MakeRow(row.key.name)) << what;
        ++served;
      }
      EXPECT_TRUE(objects->incarnations.empty()) << what;
    }
    if (auto documents = file.LoadDocuments()) {
      for (const auto& document : *documents) {
        EXPECT_EQ(document.name + document.json, "brakes{\"held\":3}") << what;
        ++served;
      }
    }
    if (auto churn = file.LoadChurn(WallTime())) {
      for (const auto& entry : *churn) EXPECT_EQ(entry.identity, "u1") << what;
      served += churn->size();
    }
    if (auto history = file.History({})) {
      for (const auto& entry : *history) EXPECT_EQ(entry.message, "created n1") << what;
    }
    return served;
  }

  void FlipEvery(std::size_t stride) {
    for (std::size_t at = 0; at < bytes_.size(); at += stride) {
      auto bytes = bytes_;
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << (at % 8)));
      Try(bytes, "byte " + std::to_string(at));
    }
    Print("flipped", stride);
  }

  void TruncateEvery(std::size_t stride) {
    for (std::size_t size = 0; size < bytes_.size(); size += stride) {
      Try(bytes_.substr(0, size), "cut at " + std::to_string(size));
    }
    Print("cut short", stride);
  }

  void Print(const char* how, std::size_t stride) const {
    std::printf("a journal of %zu bytes, %s at every %zu: %d refused, %d reported, %d unharmed\n",
                bytes_.size(), how, stride, tally_.refused, tally_.reported, tally_.unharmed);
  }

  std::string owner_;
  std::string bytes_;
  std::string lock_;
  Tally tally_;
};

TEST_F(JournalDamage, SampledFlippedBytesNeverServeAWrongRecord) {
  FlipEvery(61);
  EXPECT_GT(tally_.refused, 0);
  EXPECT_GT(tally_.reported, 0);
}

// Some minutes; run by `make proof` with --gtest_also_run_disabled_tests.
TEST_F(JournalDamage, DISABLED_EveryFlippedByteNeverServesAWrongRecord) { FlipEvery(1); }

TEST_F(JournalDamage, TruncationNeverServesAWrongRecord) {
  TruncateEvery(1013);
  EXPECT_GT(tally_.refused, 0);
}

TEST_F(JournalDamage, DISABLED_EveryTruncationNeverServesAWrongRecord) { TruncateEvery(1); }

TEST_F(JournalDamage, FlippedContentIsSetAsideAndTheRestServed) {
  auto bytes = bytes_;
  const auto at = bytes.find("id-of-n3");
  ASSERT_NE(at, std::string::npos);
  bytes[at] = 'X';
  WriteBytes(options_.path, bytes);
  auto file = Open();
  const std::vector<DamagedRow> expected{{"objects", "ConnectInstance/default/n3"}};
  EXPECT_EQ(file->damage().set_aside, expected);
  EXPECT_EQ(file->LoadObjects()->rows.size(), 5u);
  file.reset();
  EXPECT_TRUE(Open()->damage().Empty()) << "reported once, then kept in its own table";
}

TEST_F(JournalDamage, ARowRemovedByAnotherProgramShows) {
  {
    auto database = Database::Open(options_.path, "");
    ASSERT_TRUE((*database)->Execute("DELETE FROM objects WHERE key LIKE '%n2'"));
  }
  auto file = Open();
  EXPECT_EQ(file->damage().missing_records, std::vector<std::string>{"objects"});
}

TEST_F(JournalDamage, ALostTailShowsByItsChainNumber) {
  {
    auto file = Open();
    ASSERT_TRUE(file->Begin());
    ASSERT_TRUE(file->PutObject(MakeRow("newest"), 0));
    ASSERT_TRUE(file->Commit());
  }
  WriteBytes(options_.path, bytes_);  // an older copy of the file comes back
  auto file = Open();
  EXPECT_GT(file->damage().lost_writes, 0);
  EXPECT_EQ(file->LoadObjects()->rows.size(), 6u);
}

}  // namespace
}  // namespace instanced
