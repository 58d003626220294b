// The daemon on a damaged state file of a settled installation: it refuses it with advice, or works
// on; either way nothing is made, deleted or lost at the clouds.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <iostream>

#include "tests/e2e/site.h"

namespace instanced::e2e {
namespace {

// What a process left on disk, by the end of the file's name.
using Files = std::map<std::string, std::string>;

Files FilesOf(const Site& site) {
  Files files;
  for (const char* end : {"", "-wal", ".lock"}) {
    files[end] = ReadText(site.state_file().string() + end);
  }
  return files;
}

void PutBack(const Site& site, const Files& files) {
  for (const char* end : {"-wal", "-shm"}) {
    std::filesystem::remove(site.state_file().string() + end);
  }
  for (const auto& [end, bytes] : files) {
    if (end == "-wal" && bytes.empty()) continue;
    std::ofstream(site.state_file().string() + end, std::ios::binary | std::ios::trunc) << bytes;
  }
}

void Flip(std::string& bytes, std::size_t at) { bytes.at(at) = static_cast<char>(~bytes[at]); }

struct Damage {
  const char* what;
  std::function<void(Files&)> doing;
};

class DamagedState : public testing::Test {
 protected:
  void SetUp() override {
    for (int kind = 0; kind < 4; ++kind) {
      manifests_.push_back(ManifestOf(kind, "object" + std::to_string(kind)));
      site_.manifests().Write(manifests_.back());
    }
    site_.StartDaemon();
    ExpectSettled(site_, manifests_);
  }

  // The daemon at work on these files, repaired where it refuses them. Each object that can be
  // changed is, so that none was merely left alone.
  void Try(const Damage& damage, Files files) {
    SCOPED_TRACE(damage.what);
    damage.doing(files);
    PutBack(site_, files);
    const auto before = site_.LastCall();
    site_.StartDaemon();
    if (Ended()) {
      ++refused_;
      EXPECT_NE(site_.daemon().WaitForEnd(1)->exit_code, 0);
      EXPECT_NE(site_.Log().find("--repair-state yes"), std::string::npos);
      site_.flags().insert(site_.flags().end(), {"--repair-state", "yes"});
      site_.StartDaemon();
      site_.flags().resize(site_.flags().size() - 2);
    } else {
      ++served_;
    }
    Edit();
    ExpectSettled(site_, manifests_);
    EXPECT_EQ(site_.CountEffects("created", before), 0u);
    EXPECT_EQ(site_.CountEffects("deleted", before), 0u);
    EXPECT_EQ(site_.OwnInstances().size(), manifests_.size());
    site_.KillDaemon();
  }

  bool Ended() {
    WaitUntil(
        [&] {
          return !site_.DaemonRuns() || site_.Get(site_.health_port(), "/readyz").has_value();
        },
        10);
    return !site_.DaemonRuns();
  }

  void Edit() {
    const auto words = "edition " + std::to_string(++edition_);
    for (Json& manifest : manifests_) {
      Json& fields = manifest["spec"]["forProvider"];
      if (ServiceOf(manifest) == "ccc") continue;
      if (ServiceOf(manifest) == "connect") {
        fields["tags"] = {{"team", words}};
      } else {
        fields["instanceDescription"] = words;
      }
      site_.manifests().Write(manifest);
    }
  }

  Site site_;
  std::vector<Json> manifests_;
  int edition_ = 0;
  int refused_ = 0;
  int served_ = 0;
};

// Its newest records, all of them in fact, are in the write-ahead log alone.
TEST_F(DamagedState, OfAKilledDaemonCostsNothingAtTheClouds) {
  site_.KillDaemon();
  const auto killed = FilesOf(site_);
  ASSERT_GT(killed.at("-wal").size(), 8192u);
  const Damage damages[] = {
      {"the log is cut in half", [](Files& f) { f["-wal"].resize(f["-wal"].size() / 2); }},
      {"the log is cut within its last write",
       [](Files& f) { f["-wal"].resize(f["-wal"].size() - 100); }},
      {"a byte within the log", [](Files& f) { Flip(f["-wal"], f["-wal"].size() / 3); }},
      {"the log's first byte", [](Files& f) { Flip(f["-wal"], 0); }},
      {"no log", [](Files& f) { f["-wal"].clear(); }},
  };
  for (const auto& damage : damages) Try(damage, killed);
  std::cout << "log damaged: " << refused_ << " refused and repaired, " << served_ << " served\n";
  EXPECT_GT(served_, 0);
}

TEST_F(DamagedState, OfAStoppedDaemonCostsNothingAtTheClouds) {
  ASSERT_TRUE(site_.StopDaemon());
  const auto stopped = FilesOf(site_);
  const Damage damages[] = {
      {"cut in half", [](Files& f) { f[""].resize(f[""].size() / 2); }},
      {"a record's text", [](Files& f) { Flip(f[""], f[""].find("externalName")); }},
      {"its first byte", [](Files& f) { Flip(f[""], 0); }},
      {"its second page is gone", [](Files& f) { f[""].replace(4096, 4096, 4096, '\0'); }},
  };
  for (const auto& damage : damages) Try(damage, stopped);
  std::cout << "file damaged: " << refused_ << " refused and repaired, " << served_ << " served\n";
  EXPECT_GT(served_, 0);
  EXPECT_GT(refused_, 0);
}

}  // namespace
}  // namespace instanced::e2e
