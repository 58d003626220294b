#include "controller/journal/journal.h"

#include <atomic>
#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/journal/recorded_state.h"
#include "tests/controller/journal/temp_journal.h"
#include "tests/fakes/faulty_vfs/faulty_vfs.h"
#include "tests/fakes/loop_inbox/loop_inbox.h"

namespace instanced {
namespace {

using testing::ElementsAre;

// Called on the journal's thread, read once it has answered.
class CountingObserver final : public JournalObserver {
 public:
  void WriteBegins() override { ++begun; }
  void WriteEnded(StoreHealth result) override {
    ++(result == StoreHealth::kGreen ? committed : undone);
  }
  std::atomic<int> begun = 0, committed = 0, undone = 0;
};

class JournalTest : public TempJournal {
 protected:
  void SetUp() override {
    options_.vfs = disk_.name();
    Reopen();
  }
  void Reopen() {
    journal_.reset();
    auto opened = Journal::Open(options_, random_, loop_.Poster(), &observer_);
    ASSERT_TRUE(opened) << opened.error().message;
    journal_ = std::move(*opened);
  }
  Result<std::int64_t> Put(const std::string& name, std::int64_t expected = 0) {
    return loop_.Await(journal_->PutObject({MakeRow(name), expected}));
  }
  std::size_t ObjectCount() { return loop_.Await(journal_->LoadObjects())->rows.size(); }

  FaultyVfs disk_{"faulty-" + directory_.path()};
  LoopInbox loop_;
  CountingObserver observer_;
  std::unique_ptr<Journal> journal_;
};

Task<void> PutAndCount(Journal& journal, std::string name, int* done, int* good) {
  auto task = journal.PutObject({MakeRow(name), 0});
  const auto version = co_await task;
  ++*done;
  if (version) ++*good;
}

TEST_F(JournalTest, AnAnsweredWriteIsThereAfterReopening) {
  ASSERT_TRUE(Put("a"));
  Reopen();
  EXPECT_EQ(ObjectCount(), 1u);
}

TEST_F(JournalTest, TheObserverIsToldOfEachTransactionAndHowItEnded) {
  ASSERT_TRUE(Put("a"));
  EXPECT_EQ(observer_.committed, 1);
  EXPECT_EQ(ObjectCount(), 1u);
  EXPECT_EQ(observer_.begun, 1) << "reading is no transaction";

  disk_.Set(DiskFault::kFull);
  EXPECT_FALSE(Put("b"));
  EXPECT_EQ(observer_.undone, 1);
  EXPECT_EQ(observer_.begun, 2);
}

TEST_F(JournalTest, WritesThatWaitTogetherShareOneSync) {
  constexpr int kWrites = 500;
  int done = 0, good = 0;
  const int before = disk_.syncs();
  for (int i = 0; i < kWrites; ++i) {
    loop_.group().Spawn(PutAndCount(*journal_, "n" + std::to_string(i), &done, &good));
  }
  ASSERT_TRUE(loop_.RunUntil([&] { return done == kWrites; }));
  EXPECT_EQ(good, kWrites);
  EXPECT_LT(disk_.syncs() - before, kWrites / 2);
  EXPECT_EQ(ObjectCount(), 500u);
}

TEST_F(JournalTest, ABatchAnswersEachOfItsWritesByItself) {
  ASSERT_TRUE(Put("taken"));
  std::vector<ObjectPut> puts{{MakeRow("a"), 0}, {MakeRow("taken"), 0}, {MakeRow("b"), 0}};
  const auto answers = loop_.Await(journal_->PutObjects(puts));
  EXPECT_TRUE(answers[0]);
  EXPECT_EQ(answers[1].error().error_class, ErrorClass::kWriteConflict);
  EXPECT_TRUE(answers[2]);
  EXPECT_EQ(journal_->Health().state, StoreHealth::kGreen) << "a conflict is no sick disk";
}

// A journal without a thread, whose process is killed around one write.
class KilledJournal : public TempJournal {
 protected:
  class Killer final : public JournalObserver {
   public:
    explicit Killer(FaultyVfs& disk) : disk_(disk) {}
    void WriteBegins() override { disk_.Set(begins); }
    void WriteEnded(StoreHealth) override { disk_.Set(ended); }
    DiskFault begins = DiskFault::kNone, ended = DiskFault::kNone;

   private:
    FaultyVfs& disk_;
  };

  void SetUp() override {
    options_.vfs = disk_.name();
    Open();
    Put("before");
  }
  void Open() {
    disk_.Set(DiskFault::kNone);
    killer_.begins = killer_.ended = DiskFault::kNone;
    auto opened =
        Journal::Open(options_, random_, loop_.Poster(), &killer_, JournalHands::kCallers);
    ASSERT_TRUE(opened) << opened.error().message;
    journal_ = std::move(*opened);
    EXPECT_TRUE(journal_->Damage().Empty());
  }
  void Put(const std::string& name) {
    loop_.group().Spawn(PutAndCount(*journal_, name, &done_, &good_));
    loop_.executor().RunUntilIdle();
    EXPECT_TRUE(journal_->HasWork());
    journal_->Work();
    EXPECT_FALSE(journal_->HasWork());
  }
  std::vector<std::string> AfterTheKill() {
    disk_.Set(DiskFault::kKilled);
    journal_.reset();
    Open();
    journal_.reset();
    std::vector<std::string> names;
    const auto state = ReadRecordedState(options_.path);
    for (const auto& row : state->objects.rows) names.push_back(row.key.name);
    return names;
  }

  FaultyVfs disk_{"killed-" + directory_.path(), DiskSync::kSkipped};
  LoopInbox loop_;
  Killer killer_{disk_};
  std::unique_ptr<Journal> journal_;
  int done_ = 0, good_ = 0;
};

TEST_F(KilledJournal, NothingIsDoneUntilSomebodyWorks) {
  loop_.group().Spawn(PutAndCount(*journal_, "queued", &done_, &good_));
  loop_.executor().RunUntilIdle();
  EXPECT_TRUE(journal_->HasWork());
  EXPECT_THAT(AfterTheKill(), ElementsAre("before"));
}

TEST_F(KilledJournal, ATransactionThatHasNotEndedIsLostAlone) {
  killer_.begins = killer_.ended = DiskFault::kKilled;
  Put("lost");
  EXPECT_THAT(AfterTheKill(), ElementsAre("before"));
}

TEST_F(KilledJournal, ACommittedTransactionIsThereThoughNobodyTidiedUp) {
  killer_.ended = DiskFault::kKilled;
  Put("kept");
  EXPECT_TRUE(std::filesystem::file_size(options_.path + "-wal") > 0);
  EXPECT_THAT(AfterTheKill(), ElementsAre("before", "kept"));
}

TEST_F(KilledJournal, AWriteWhoseSyncFailedIsAnAnswerLostWhenTheNextProcessFindsIt) {
  killer_.begins = killer_.ended = DiskFault::kSyncFails;
  Put("doubtful");
  EXPECT_THAT(AfterTheKill(), ElementsAre("before", "doubtful"));
}

TEST_F(JournalTest, AFullDiskRefusesWritesTurnsRedAndHealsByItself) {
  ASSERT_TRUE(Put("before"));
  for (const auto fault : {DiskFault::kFull, DiskFault::kReadOnly, DiskFault::kSyncFails}) {
    disk_.Set(fault);
    const auto refused = Put("during");
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().error_class, ErrorClass::kStore);
    EXPECT_EQ(journal_->Health().state, StoreHealth::kRed);
    EXPECT_FALSE(journal_->Health().message.empty());
    EXPECT_EQ(ObjectCount(), 1u) << "nothing half-written";
    EXPECT_FALSE(loop_.Await(journal_->Probe()));
    disk_.Set(DiskFault::kNone);
    EXPECT_TRUE(loop_.Await(journal_->Probe()));
    EXPECT_EQ(journal_->Health().state, StoreHealth::kGreen);
  }
  EXPECT_TRUE(Put("after"));
  Reopen();
  EXPECT_TRUE(journal_->Damage().Empty());
  EXPECT_EQ(ObjectCount(), 2u);
}

TEST_F(JournalTest, ADiskThatFillsUpMidwayLeavesNoPartOfTheGroup) {
  for (int writes_left = 0; writes_left < 12; ++writes_left) {
    disk_.Set(DiskFault::kFullAfterSomeWrites, writes_left);
    std::vector<ObjectPut> puts;
    for (int i = 0; i < 40; ++i) puts.push_back({MakeRow("m" + std::to_string(i)), 0});
    const auto answers = loop_.Await(journal_->PutObjects(puts));
    disk_.Set(DiskFault::kNone);
    ASSERT_EQ(answers.size(), 40u);
    ASSERT_FALSE(answers[0]) << writes_left;
    EXPECT_EQ(ObjectCount(), 0u) << writes_left;
  }
  Reopen();
  EXPECT_EQ(ObjectCount(), 0u);
  EXPECT_TRUE(journal_->Damage().Empty());
}

TEST_F(JournalTest, HistoryOfASickDiskIsWrittenWhenItHeals) {
  disk_.Set(DiskFault::kFull);
  journal_->Append(MakeEntry("a", 1));
  EXPECT_FALSE(Put("x"));
  disk_.Set(DiskFault::kNone);
  journal_->Append(MakeEntry("b", 2));
  const auto entries = loop_.Await(journal_->History({}));
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ(entries->at(0).key.name, "b");
  EXPECT_EQ(entries->at(1).key.name, "a");
}

TEST_F(JournalTest, AppendedHistoryIsDurableBeforeALaterWriteAnswers) {
  journal_->Append(MakeEntry("a", 1));
  ASSERT_TRUE(Put("x"));
  Reopen();
  EXPECT_EQ(loop_.Await(journal_->History({}))->size(), 1u);
}

TEST_F(JournalTest, ClosingWritesWhatIsQueued) {
  for (int i = 0; i < 100; ++i) journal_->Append(MakeEntry("a", i));
  Reopen();
  EXPECT_EQ(loop_.Await(journal_->History({}))->size(), 100u);
}

}  // namespace
}  // namespace instanced
