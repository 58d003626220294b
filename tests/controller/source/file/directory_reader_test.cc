#include "controller/source/file/directory_reader.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/controller/source/file/line_manifests.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/temp_directory/temp_directory.h"

namespace instanced {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class DirectoryReaderTest : public testing::Test {
 protected:
  void Write(const std::string& path, const std::string& text) {
    fs::create_directories(fs::path(Path(path)).parent_path());
    std::ofstream(Path(path)) << text;
  }
  std::string Path(const std::string& path) { return directory_.path() + "/m/" + path; }
  std::vector<std::string> Paths(const DirectorySnapshot& snapshot) {
    std::vector<std::string> paths;
    for (const auto& file : snapshot.files) paths.push_back(file.path);
    return paths;
  }

  TempDirectory directory_;
  // Long after any file of this test: every stamp counts as settled.
  ManualClock clock_{WallTime(std::chrono::hours(24 * 365 * 200))};
  ManualClock past_clock_{WallTime(std::chrono::hours(1))};
  DirectoryReader reader_{directory_.path() + "/m", ParseLines, clock_};
};

TEST_F(DirectoryReaderTest, ReadsNestedManifestsAndCountsWhatItLeavesOut) {
  Write("b.yaml", "connect b");
  Write("sub/deep/a.yml", "connect a");
  Write(".hidden.yaml", "connect hidden");
  Write(".git/x.yaml", "connect git");
  Write("README.md", "connect readme");
  const auto snapshot = reader_.Read();
  EXPECT_THAT(Paths(*snapshot), ElementsAre("b.yaml", "sub/deep/a.yml"));
  EXPECT_EQ(snapshot->ignored_files, 3);
  EXPECT_EQ(snapshot->directories.size(), 3u);
}

TEST_F(DirectoryReaderTest, UnchangedFilesAreNotParsedAgain) {
  Write("a.yaml", "connect a");
  Write("b.yaml", "connect b");
  const auto first = reader_.Read();
  EXPECT_EQ(reader_.Read(), first);
  EXPECT_EQ(reader_.parse_count(), 2);
  Write("b.yaml", "connect b v2");
  EXPECT_NE(reader_.Read(), first);
  EXPECT_EQ(reader_.parse_count(), 3);
}

TEST_F(DirectoryReaderTest, AFreshFileIsReadAgainThoughItsTimesAreTheSame) {
  Write("a.yaml", "connect a");
  DirectoryReader reader(directory_.path() + "/m", ParseLines, past_clock_);
  reader.Read();
  const auto time = fs::last_write_time(Path("a.yaml"));
  Write("a.yaml", "connect z");
  fs::last_write_time(Path("a.yaml"), time);
  EXPECT_EQ(reader.Read()->files.at(0).parsed->objects.at(0).Key().name, "z");
}

TEST_F(DirectoryReaderTest, AConfigMapVolumeReadsAsPlainFiles) {
  Write("..2026_01/a.yaml", "connect a old");
  Write("..2026_02/a.yaml", "connect a new");
  fs::create_directory_symlink("..2026_01", Path("..data"));
  fs::create_symlink("..data/a.yaml", Path("a.yaml"));
  const auto before = reader_.Read();
  EXPECT_THAT(Paths(*before), ElementsAre("a.yaml"));
  fs::create_directory_symlink("..2026_02", Path("..tmp"));
  fs::rename(Path("..tmp"), Path("..data"));
  const auto after = reader_.Read();
  EXPECT_THAT(after->files.at(0).parsed->objects.at(0).Unpack().spec, HasSubstr("new"));
}

TEST_F(DirectoryReaderTest, AVanishedDirectoryIsToldFromAnEmptyOne) {
  EXPECT_EQ(reader_.Read()->condition, DirectoryCondition::kVanished);
  fs::create_directories(Path(""));
  EXPECT_EQ(reader_.Read()->condition, DirectoryCondition::kRead);
  fs::remove_all(Path(""));
  std::ofstream(directory_.path() + "/m") << "a file in its place";
  EXPECT_EQ(reader_.Read()->condition, DirectoryCondition::kVanished);
}

TEST_F(DirectoryReaderTest, ADanglingLinkIsAFileThatCannotBeRead) {
  Write("a.yaml", "connect a");
  fs::create_symlink("nowhere", Path("b.yaml"));
  const auto snapshot = reader_.Read();
  ASSERT_THAT(Paths(*snapshot), ElementsAre("a.yaml", "b.yaml"));
  EXPECT_FALSE(snapshot->files[1].IsGood());
  EXPECT_THAT(snapshot->files[1].failure, HasSubstr("No such file"));
}

// A link to a folder whose mount is away: its objects may be there still.
TEST_F(DirectoryReaderTest, AnEntryThatCannotBeLookedAtIsToldWhateverItsName) {
  Write("a.yaml", "connect a");
  fs::create_symlink("/mnt/away/team-a", Path("team-a"));
  fs::create_symlink("itself", Path("itself"));
  const auto snapshot = reader_.Read();
  EXPECT_EQ(snapshot->condition, DirectoryCondition::kRead);
  EXPECT_EQ(snapshot->ignored_files, 0);
  ASSERT_THAT(Paths(*snapshot), ElementsAre("a.yaml", "itself", "team-a"));
  EXPECT_THAT(snapshot->files[1].failure, HasSubstr("levels of symbolic links"));
  EXPECT_THAT(snapshot->files[2].failure, HasSubstr("No such file"));
}

TEST_F(DirectoryReaderTest, AFileThatIsTooLargeIsNotRead) {
  Write("a.yaml", std::string(200, '#'));
  ReaderLimits limits;
  limits.file_bytes_max = 100;
  DirectoryReader reader(directory_.path() + "/m", ParseLines, clock_, limits);
  EXPECT_THAT(reader.Read()->files.at(0).failure, HasSubstr("larger than 100 bytes"));
}

TEST_F(DirectoryReaderTest, ALoopOfLinksMakesTheDirectoryUnreadable) {
  Write("sub/a.yaml", "connect a");
  fs::create_directory_symlink("..", Path("sub/up"));
  EXPECT_EQ(reader_.Read()->condition, DirectoryCondition::kUnreadable);
}

TEST_F(DirectoryReaderTest, AChangeWhileReadingGivesTheReadingUp) {
  Write("a.yaml", "connect a");
  Write("b.yaml", "connect b");
  int parsed = 0;
  const ManifestParser meddling = [&](const std::string& file, std::string_view text) {
    if (++parsed == 2) Write("a.yaml", "connect a-was-changed-after-it-was-read");
    return ParseLines(file, text);
  };
  DirectoryReader reader(directory_.path() + "/m", meddling, clock_);
  EXPECT_FALSE(reader.Read());
  EXPECT_EQ(reader.Read()->files.at(0).parsed->objects.at(0).Key().name,
            "a-was-changed-after-it-was-read");
}

}  // namespace
}  // namespace instanced
