// The daemon as a whole, in this process: what its exit code says.
#include "controller/daemon/daemon.h"

#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "controller/journal/database.h"
#include "tests/fakes/temp_directory/temp_directory.h"

namespace instanced {
namespace {

constexpr std::streamoff kSqlitePage = 4096;

class DaemonTest : public testing::Test {
 protected:
  DaemonTest() {
    const std::filesystem::path folder(folder_.path());
    config_.manifests = folder / "manifests";
    std::filesystem::create_directory(config_.manifests);
    config_.state_file = folder / "state.db";
    config_.admin_socket = folder / "admin.sock";
    config_.plugin_directory = folder / "plugins";
    config_.metrics_address.reset();
    config_.health_address.reset();
  }

  // All pages but the first, which holds the names of the tables: as a bad disk leaves them.
  void DamageTheStateFile() {
    auto second = Database::Open(config_.state_file.string(), "");
    ASSERT_TRUE(second);
    ASSERT_TRUE((*second)->Execute("PRAGMA wal_checkpoint(TRUNCATE)"));
    const auto size = static_cast<std::streamoff>(std::filesystem::file_size(config_.state_file));
    ASSERT_GT(size, kSqlitePage);
    {
      std::fstream file(config_.state_file, std::ios::in | std::ios::out | std::ios::binary);
      file.seekp(kSqlitePage);
      file << std::string(static_cast<std::size_t>(size - kSqlitePage), '\xa5');
    }
    // A write by somebody else makes SQLite look at the file again.
    ASSERT_TRUE((*second)->Execute("PRAGMA user_version = 1"));
  }

  TempDirectory folder_;
  Config config_;
};

TEST_F(DaemonTest, EndsWithOneWhenWhatWasRecordedCannotBeRead) {
  auto daemon = Daemon::Create(config_, [this] { return config_; });
  ASSERT_TRUE(daemon) << daemon.error().message;
  ASSERT_NO_FATAL_FAILURE(DamageTheStateFile());
  EXPECT_EQ((*daemon)->Run(), 1);
}

}  // namespace
}  // namespace instanced
