// FaultyVfs: SQLite's file system with a disk that can fill up, fail, and count its syncs.
//
// Threads: Set and the counters from any; the rest is SQLite's.
#pragma once

#include <atomic>
#include <memory>
#include <string>

namespace instanced {

enum class DiskFault { kNone, kFull, kReadOnly, kSyncFails, kFullAfterSomeWrites };

class FaultyVfs final {
 public:
  explicit FaultyVfs(std::string name);
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;
  ~FaultyVfs();

  const std::string& name() const { return name_; }
  void Set(DiskFault fault, int writes_left = 0);
  int syncs() const { return syncs_; }

  // For the shim's own functions: the result code to give instead, 0 to go on.
  int BeforeWrite();
  int BeforeSync();

 private:
  struct Registration;
  std::string name_;
  std::atomic<DiskFault> fault_ = DiskFault::kNone;
  std::atomic<int> writes_left_ = 0;
  std::atomic<int> syncs_ = 0;
  std::unique_ptr<Registration> registration_;
};

}  // namespace instanced
