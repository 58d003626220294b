#include "controller/source/file/file_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/source/file/line_manifests.h"
#include "tests/fakes/faulty_vfs/faulty_vfs.h"
#include "tests/fakes/loop_inbox/loop_inbox.h"
#include "tests/fakes/temp_directory/temp_directory.h"

namespace instanced {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class FakeFeed final : public SnapshotFeed {
 public:
  void Start(std::function<void(DirectorySnapshot)> deliver) override { deliver_ = deliver; }
  void Stop() override { deliver_ = nullptr; }
  void Deliver(std::vector<std::pair<std::string, std::string>> files) {
    DirectorySnapshot snapshot;
    for (const auto& [path, text] : files) {
      auto parsed = std::make_shared<const ParsedManifest>(ParseLines(path, text));
      snapshot.files.push_back({path, parsed, {}, std::make_shared<const std::string>(text)});
    }
    deliver_(std::move(snapshot));
  }
  void Vanish() {
    DirectorySnapshot snapshot;
    snapshot.condition = DirectoryCondition::kVanished;
    deliver_(std::move(snapshot));
  }

 private:
  std::function<void(DirectorySnapshot)> deliver_;
};

class FileSourceTest : public testing::Test {
 protected:
  void SetUp() override { Boot(); }
  void TearDown() override { Halt(); }
  void Boot() {
    JournalOptions options;
    options.path = directory_.path() + "/s.db";
    options.vfs = disk_.name();
    SeededRandom random(5);
    journal_ = std::move(*Journal::Open(options, random, loop_.Poster()));
    store_ = std::make_unique<JournalObjectStore>(*journal_, loop_.executor().clock(), "owner");
    source_ = std::make_unique<FileSource>(
        *store_, feed_, [this](const DirectoryReport& report) { reports_.push_back(report); },
        [this](DirectoryState state) { readings_.push_back(state); });
    stop_ = StopSource();
    events_.clear();
    loop_.group().Spawn(source_->Run([this](WatchEvent event) { Take(event); }, stop_.token()));
    // The journal's answer to the load.
    loop_.Await(journal_->Probe());
    loop_.executor().RunUntilIdle();
  }
  void Halt() {
    stop_.RequestStop();
    loop_.RunUntil([&] { return loop_.group().size() == 0; });
    source_.reset();
    store_.reset();
    journal_.reset();
  }
  void Take(const WatchEvent& event) {
    if (std::holds_alternative<InitStarted>(event)) events_.push_back("init");
    if (std::holds_alternative<InitDone>(event)) events_.push_back("done");
    if (const auto* object = std::get_if<InitApplied>(&event)) Take("had ", object->object);
    if (const auto* object = std::get_if<Applied>(&event)) Take("has ", object->object);
    if (const auto* gone = std::get_if<Deleted>(&event))
      events_.push_back("lost " + gone->key.name);
  }
  void Take(const std::string& what, const ObjectPtr& object) {
    const auto& meta = MetaOf(object);
    events_.push_back(what + meta.key.name + (meta.IsDeleting() ? " deleting" : ""));
  }
  void Settle() {
    loop_.RunUntil([&] { return source_->InSync(); });
    loop_.Await(journal_->Probe());
    loop_.executor().RunUntilIdle();
  }
  void AddFinalizer(const std::string& name) {
    ASSERT_TRUE(loop_.Await(store_->WriteFinalizers(TargetOf(name), {"instanced.dev/instance"})));
  }
  WriteTarget TargetOf(const std::string& name) {
    const auto row = store_->rows().Find(KeyOf(name)).value();
    return {row.key, row.uid, std::to_string(row.resource_version)};
  }

  Task<void> LetGo(WriteTarget target, bool* ended) {
    auto writing = store_->WriteFinalizers(std::move(target), {});
    [[maybe_unused]] const auto written = co_await writing;
    *ended = true;
  }

  TempDirectory directory_;
  FaultyVfs disk_{"source-" + directory_.path()};
  LoopInbox loop_;
  FakeFeed feed_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<JournalObjectStore> store_;
  std::unique_ptr<FileSource> source_;
  StopSource stop_;
  std::vector<std::string> events_;
  std::vector<DirectoryReport> reports_;
  std::vector<DirectoryState> readings_;
};

TEST_F(FileSourceTest, TheFirstSnapshotIsTheInitSequenceAndLaterOnesAreChanges) {
  EXPECT_THAT(events_, IsEmpty()) << "nothing is said before the directory was read";
  feed_.Deliver({{"a.yaml", "connect a\nconnect b"}});
  Settle();
  EXPECT_THAT(events_, ElementsAre("init", "had a", "had b", "done"));
  events_.clear();
  feed_.Deliver({{"a.yaml", "connect a v2"}});
  Settle();
  EXPECT_THAT(events_, ElementsAre("has a", "lost b"));
  EXPECT_THAT(readings_, ElementsAre(DirectoryState::kOk, DirectoryState::kOk));
  EXPECT_EQ(reports_.size(), 1u) << "both are equally good";
}

TEST_F(FileSourceTest, ProviderConfigsComeBeforeTheObjectsThatUseThem) {
  feed_.Deliver({{"z.yaml", "connect z"}});
  Settle();
  events_.clear();
  std::string lines;
  for (int i = 0; i < 3000; ++i) lines += "connect n" + std::to_string(i) + "\n";
  for (int i = 0; i < 9; ++i) lines += "config config" + std::to_string(i) + "\n";
  feed_.Deliver({{"a.yaml", lines}, {"z.yaml", "connect z"}});
  Settle();
  ASSERT_EQ(events_.size(), 3009u);
  for (int i = 0; i < 9; ++i) EXPECT_EQ(events_[i], "has config" + std::to_string(i));
}

TEST_F(FileSourceTest, ARestartKeepsIdentityAndLastGoodObjectsOfABrokenFile) {
  feed_.Deliver({{"a.yaml", "connect a"}, {"b.yaml", "connect b"}});
  Settle();
  const auto row = store_->rows().Find(KeyOf("a"));
  Halt();
  Boot();
  feed_.Deliver({{"a.yaml", "!\nconnect a v2"}, {"b.yaml", "connect b"}});
  Settle();
  EXPECT_THAT(events_, ElementsAre("init", "had a", "had b", "done"));
  EXPECT_EQ(store_->rows().Find(KeyOf("a")), row);
  EXPECT_EQ(reports_.back().problems.size(), 1u);
}

TEST_F(FileSourceTest, ALostJournalGivesTheSameUidsAgain) {
  feed_.Deliver({{"a.yaml", "connect a"}});
  Settle();
  const auto uid = store_->rows().Find(KeyOf("a"))->uid;
  Halt();
  for (const auto* suffix : {"", "-wal", "-shm", ".lock"}) {
    ::remove((directory_.path() + "/s.db" + suffix).c_str());
  }
  Boot();
  feed_.Deliver({{"a.yaml", "connect a"}});
  Settle();
  EXPECT_EQ(store_->rows().Find(KeyOf("a"))->uid, uid);
}

TEST_F(FileSourceTest, AVanishedDirectoryDeletesNothingUntilApproved) {
  feed_.Deliver({{"a.yaml", "connect a\nconnect b"}});
  Settle();
  AddFinalizer("a");
  AddFinalizer("b");
  events_.clear();
  feed_.Vanish();
  Settle();
  EXPECT_THAT(events_, IsEmpty());
  EXPECT_EQ(reports_.back().state, DirectoryState::kVanished);
  EXPECT_THAT(reports_.back().held, ElementsAre(KeyOf("a"), KeyOf("b")));
  source_->ApproveMissing({KeyOf("a"), KeyOf("unknown")});
  Settle();
  EXPECT_THAT(events_, ElementsAre("has a deleting"));
  feed_.Deliver({{"a.yaml", "connect b"}});
  Settle();
  EXPECT_EQ(reports_.back().state, DirectoryState::kOk);
  feed_.Vanish();
  Settle();
  EXPECT_THAT(reports_.back().held, ElementsAre(KeyOf("b"))) << "the approval is spent";
}

TEST_F(FileSourceTest, AVanishedDirectoryAtStartShowsWhatTheJournalKnows) {
  feed_.Deliver({{"a.yaml", "connect a"}});
  Settle();
  Halt();
  Boot();
  feed_.Vanish();
  Settle();
  EXPECT_THAT(events_, ElementsAre("init", "had a", "done"));
}

// Whoever takes the manifest away again may do so between any two of the store's writes.
TEST_F(FileSourceTest, AManifestThatLeavesWhileItsNextLifeBeginsLeavesNothingBehind) {
  for (int writes = 0; writes < 5; ++writes) {
    const std::string name = "a" + std::to_string(writes);
    feed_.Deliver({{"a.yaml", "connect " + name}, {"b.yaml", "connect b"}});
    Settle();
    AddFinalizer(name);
    feed_.Deliver({{"b.yaml", "connect b"}});
    Settle();
    feed_.Deliver({{"a.yaml", "connect " + name}, {"b.yaml", "connect b"}});
    Settle();
    bool ended = false;
    loop_.group().Spawn(LetGo(TargetOf(name), &ended));
    int turns = 0;
    loop_.RunUntil([&] { return turns++ == writes || ended; });
    feed_.Deliver({{"b.yaml", "connect b"}});
    Settle();
    loop_.RunUntil([&] { return ended; });
    Settle();
    EXPECT_FALSE(store_->rows().Has(KeyOf(name))) << "taken away after " << writes << " writes";
  }
}

TEST_F(FileSourceTest, ASickDiskDelaysTheChangeAndLosesNothing) {
  feed_.Deliver({{"a.yaml", "connect a"}});
  Settle();
  events_.clear();
  disk_.Set(DiskFault::kFull);
  feed_.Deliver({{"a.yaml", "connect a v2\nconnect b"}});
  ASSERT_TRUE(loop_.RunUntil([&] { return !source_->InSync(); }));
  ASSERT_TRUE(loop_.RunUntil([&] { return journal_->Health().state == StoreHealth::kRed; }));
  EXPECT_THAT(events_, IsEmpty()) << "nobody sees what is not recorded";
  // The failed write's own answer may come after the health's turn; the pause begins with it.
  loop_.Await(journal_->Probe());
  loop_.executor().RunUntilIdle();
  disk_.Set(DiskFault::kNone);
  loop_.executor().Advance(std::chrono::seconds(2));
  Settle();
  EXPECT_THAT(events_, ElementsAre("has a", "has b"));
}

}  // namespace
}  // namespace instanced
