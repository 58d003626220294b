// JournalLock: one daemon per journal, and a witness beside the file of what it held last.
//
// The lock is flock(2) on "<journal>.lock", so it ends with the process however that dies. The
// file says who holds it, and repeats the newest chain number and the owner id under a checksum:
// a journal that was truncated, restored from a backup or deleted shows, and the owner id (which
// every mark at the cloud is made of) outlives it. The file is never removed.
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "api/error/error.h"

namespace instanced {

struct Witness {
  std::int64_t chain = 0;
  std::string owner_id;
  friend bool operator==(const Witness&, const Witness&) = default;
};

class JournalLock final {
 public:
  // Store/InUse names the holder's pid when another process has it.
  static Result<std::unique_ptr<JournalLock>> Acquire(const std::string& journal_path);
  JournalLock(const JournalLock&) = delete;
  JournalLock& operator=(const JournalLock&) = delete;
  ~JournalLock();

  // What the last holder wrote; empty when it cannot be trusted.
  const Witness& found() const { return found_; }
  // Called after a commit has reached the disk, so the witness is never ahead of the journal.
  // Best effort: a failure only weakens what the next start can notice.
  void Write(const Witness& witness) const;

 private:
  JournalLock(int descriptor, Witness found) : descriptor_(descriptor), found_(std::move(found)) {}
  int descriptor_;
  Witness found_;
};

}  // namespace instanced
