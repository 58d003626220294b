#include "controller/source/file/directory_watcher.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/controller/source/file/line_manifests.h"
#include "tests/fakes/loop_inbox/loop_inbox.h"
#include "tests/fakes/temp_directory/temp_directory.h"

namespace instanced {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

TEST(QuietMoment, WaitsForQuietButNotLongerThanTheBurst) {
  QuietMoment moment({milliseconds(500), milliseconds(5000), milliseconds(30'000)});
  MonotonicTime now{};
  EXPECT_EQ(moment.due(), now) << "the first reading is at once";
  moment.Read(now);
  EXPECT_EQ(moment.due(), now + milliseconds(30'000));
  const auto start = now;
  for (int i = 0; i < 30; ++i, now += milliseconds(400)) {
    moment.Changed(now);
    EXPECT_EQ(moment.due(), std::min(now + milliseconds(500), start + milliseconds(5000)));
  }
}

// Real inotify: the rescan is far away, so what arrives was noticed.
class DirectoryWatcherTest : public testing::Test {
 protected:
  void SetUp() override { fs::create_directories(root_); }
  void Start(const std::string& ending = "/") {
    watcher_ = std::make_unique<DirectoryWatcher>(
        root_ + ending, ParseLines, clock_, loop_.Poster(),
        WatchTiming{milliseconds(40), milliseconds(1000), std::chrono::hours(1)});
    watcher_->Start([this](DirectorySnapshot snapshot) {
      ++snapshots_;
      last_ = std::move(snapshot);
    });
    ASSERT_TRUE(loop_.RunUntil([&] { return snapshots_ > 0; }));
  }
  void Write(const std::string& path, const std::string& text) {
    std::ofstream(root_ + "/" + path) << text;
  }
  std::map<std::string, std::string> Names() {
    std::map<std::string, std::string> names;
    for (const auto& file : last_.files) {
      for (const auto& object : file.parsed->objects)
        names[std::string(object.Key().name)] = file.path;
    }
    return names;
  }
  bool Arrives(const std::map<std::string, std::string>& names) {
    return loop_.RunUntil([&] { return Names() == names; });
  }

  TempDirectory directory_;
  std::string root_ = directory_.path() + "/manifests";
  SystemClock clock_;
  LoopInbox loop_;
  DirectorySnapshot last_;
  int snapshots_ = 0;
  std::unique_ptr<DirectoryWatcher> watcher_;
};

TEST_F(DirectoryWatcherTest, NewChangedRenamedOverAndRemovedFilesArrive) {
  Start();
  Write("a.yaml", "connect a");
  EXPECT_TRUE(Arrives({{"a", "a.yaml"}}));
  Write(".a.yaml.swp", "connect b");
  fs::rename(root_ + "/.a.yaml.swp", root_ + "/a.yaml");
  EXPECT_TRUE(Arrives({{"b", "a.yaml"}}));
  fs::remove(root_ + "/a.yaml");
  EXPECT_TRUE(Arrives({}));
}

TEST_F(DirectoryWatcherTest, EditsArriveHoweverTheDirectoryIsSpelled) {
  fs::create_directories(root_ + "/x");
  for (const std::string ending : {"/.", "/./", "/x/.."}) {
    watcher_.reset();
    snapshots_ = 0;
    Start(ending);
    Write("a.yaml", "connect a");
    Write("x/b.yaml", "connect b");
    EXPECT_TRUE(Arrives({{"a", "a.yaml"}, {"b", "x/b.yaml"}})) << ending;
    Write("x/b.yaml", "connect c");
    EXPECT_TRUE(Arrives({{"a", "a.yaml"}, {"c", "x/b.yaml"}})) << ending;
    Write("a.yaml", "connect d");
    EXPECT_TRUE(Arrives({{"d", "a.yaml"}, {"c", "x/b.yaml"}})) << ending;
  }
}

TEST_F(DirectoryWatcherTest, FilesInNewFoldersArriveAndGoWithThem) {
  Start();
  fs::create_directories(root_ + "/x/y");
  Write("x/y/a.yaml", "connect a");
  EXPECT_TRUE(Arrives({{"a", "x/y/a.yaml"}}));
  Write("x/y/b.yaml", "connect b");
  EXPECT_TRUE(Arrives({{"a", "x/y/a.yaml"}, {"b", "x/y/b.yaml"}}));
  fs::remove_all(root_ + "/x");
  EXPECT_TRUE(Arrives({}));
}

TEST_F(DirectoryWatcherTest, AConfigMapSwapArrives) {
  fs::create_directories(root_ + "/..one");
  fs::create_directories(root_ + "/..two");
  Write("..one/a.yaml", "connect old");
  Write("..two/a.yaml", "connect new");
  fs::create_directory_symlink("..one", root_ + "/..data");
  fs::create_symlink("..data/a.yaml", root_ + "/a.yaml");
  Start();
  EXPECT_TRUE(Arrives({{"old", "a.yaml"}}));
  fs::create_directory_symlink("..two", root_ + "/..tmp");
  fs::rename(root_ + "/..tmp", root_ + "/..data");
  EXPECT_TRUE(Arrives({{"new", "a.yaml"}}));
}

TEST_F(DirectoryWatcherTest, ADirectoryThatVanishesAndComesBackIsSeenBothTimes) {
  Write("a.yaml", "connect a");
  Start();
  fs::rename(root_, directory_.path() + "/elsewhere");
  EXPECT_TRUE(loop_.RunUntil([&] { return last_.condition == DirectoryCondition::kVanished; }));
  fs::rename(directory_.path() + "/elsewhere", root_);
  EXPECT_TRUE(Arrives({{"a", "a.yaml"}}));
  Write("b.yaml", "connect b");
  EXPECT_TRUE(Arrives({{"a", "a.yaml"}, {"b", "b.yaml"}}));
}

TEST_F(DirectoryWatcherTest, ACheckoutOfManyFilesIsOneSnapshot) {
  Start();
  const int before = snapshots_;
  std::map<std::string, std::string> expected;
  for (int i = 0; i < 200; ++i) {
    const auto name = "n" + std::to_string(i);
    Write(name + ".yaml", "connect " + name);
    expected[name] = name + ".yaml";
  }
  EXPECT_TRUE(Arrives(expected));
  // Writing took less than the burst; a slow machine may see a quiet moment in between.
  EXPECT_LE(snapshots_ - before, 3);
}

TEST_F(DirectoryWatcherTest, NothingIsDeliveredAfterStop) {
  Start();
  Write("a.yaml", "connect a");
  watcher_->Stop();
  const int before = snapshots_;
  loop_.RunUntil([] { return false; }, std::chrono::seconds(0));
  EXPECT_EQ(snapshots_, before);
}

}  // namespace
}  // namespace instanced
