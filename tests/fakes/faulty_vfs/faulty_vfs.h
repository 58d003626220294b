// FaultyVfs: SQLite's file system with a disk that can fill up, fail, and count its syncs.
//
// kKilled is no fault of the disk: whoever writes is a process that no longer lives. Nothing it
// does reaches the files any more, neither writes nor the tidying up of a connection that is
// closed; what it had written is there, as after SIGKILL.
// Threads: Set and the counters from any; the rest is SQLite's.
#pragma once

#include <atomic>
#include <memory>
#include <string>

namespace instanced {

enum class DiskFault {
  kNone,
  kFull,
  kReadOnly,
  kSyncFails,
  kFullAfterSomeWrites,
  kKilled,
  kKilledAfterSomeWrites,
};
// kSkipped: a sync is counted and not waited for, as only a power cut would show.
enum class DiskSync { kReal, kSkipped };

class FaultyVfs final {
 public:
  explicit FaultyVfs(std::string name, DiskSync sync = DiskSync::kReal);
  FaultyVfs(const FaultyVfs&) = delete;
  FaultyVfs& operator=(const FaultyVfs&) = delete;
  ~FaultyVfs();

  const std::string& name() const { return name_; }
  void Set(DiskFault fault, int writes_left = 0);
  int syncs() const { return syncs_; }
  int writes() const { return writes_; }
  bool IsKilled() const;
  bool SkipsSync() const { return sync_ == DiskSync::kSkipped; }

  // For the shim's own functions: the result code to give instead, 0 to go on.
  int BeforeWrite();
  int BeforeSync();

 private:
  struct Registration;
  std::string name_;
  std::atomic<DiskFault> fault_ = DiskFault::kNone;
  std::atomic<int> writes_left_ = 0;
  std::atomic<int> syncs_ = 0;
  std::atomic<int> writes_ = 0;
  const DiskSync sync_;
  std::unique_ptr<Registration> registration_;
};

}  // namespace instanced
