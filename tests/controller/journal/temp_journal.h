// A journal in a folder of its own, and rows to fill it with.
#pragma once

#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "controller/journal/journal_file.h"
#include "tests/fakes/temp_directory/temp_directory.h"

namespace instanced {

inline ObjectRow MakeRow(const std::string& name) {
  ObjectRow row;
  row.key = {Kind::kConnectInstance, "default", name};
  row.uid = "uid-of-" + name;
  row.spec = R"({"forProvider":{"instanceAlias":")" + name + R"("}})";
  row.status = R"({"externalName":"id-of-)" + name + R"("})";
  row.file = name + ".yaml";
  row.labels = {{"team", "voice"}};
  row.manifest_annotations = {{"a", "1"}};
  row.finalizers = {"instanced.dev/instance"};
  row.creation_timestamp = "2026-01-01T00:00:00Z";
  return row;
}

inline HistoryEntry MakeEntry(const std::string& name, std::int64_t at_ms) {
  HistoryEntry entry;
  entry.at = WallTime(std::chrono::milliseconds(at_ms));
  entry.key = {Kind::kConnectInstance, "default", name};
  entry.kind = HistoryKind::kCall;
  entry.operation = "connect:CreateInstance";
  entry.result = "Success";
  entry.message = "created " + name;
  return entry;
}

inline std::string ReadBytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void WriteBytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

class TempJournal : public testing::Test {
 protected:
  Result<std::unique_ptr<JournalFile>> TryOpen() { return JournalFile::Open(options_, random_); }
  std::unique_ptr<JournalFile> Open() {
    auto file = TryOpen();
    EXPECT_TRUE(file) << (file ? "" : file.error().message);
    return file ? std::move(*file) : nullptr;
  }
  // One committed transaction of `count` objects, n0, n1...
  void Fill(JournalFile& file, int count) {
    ASSERT_TRUE(file.Begin());
    for (int i = 0; i < count; ++i) {
      ASSERT_TRUE(file.PutObject(MakeRow("n" + std::to_string(i)), 0));
    }
    ASSERT_TRUE(file.Commit());
  }

  TempDirectory directory_;
  JournalOptions options_{.path = directory_.path() + "/instanced.db",
                          .on_damage = OnDamage::kRefuse,
                          .owner_id = {},
                          .retention = {},
                          .vfs = {}};
  SeededRandom random_{7};
};

}  // namespace instanced
