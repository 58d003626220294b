// Journal: the durable memory of a standalone daemon, and in a cluster the cache of its history.
//
// All blocking work runs on the journal's own thread; answers return to the loop through the
// poster. Group commit: writes that wait together go into one transaction with one fsync, and each
// is answered after it. A failed group leaves nothing behind (but one whose sync failed may be
// found by the next process, if this one is killed before it writes again): its writes answer
// Store, appended history stays queued (10,000 entries at most, then the oldest go), health turns
// red, and the next write or Probe() that works turns it green again.
//
// Threads: the loop's; the poster is called from the journal's thread.
// Ownership: destroy before the loop; the destructor finishes what is queued and joins.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/clock/clock.h"
#include "controller/journal/ledger.h"
#include "controller/journal/object_row.h"
#include "controller/task/task.h"

namespace instanced {

class JournalFile;

// Runs a function on the loop's thread, from any thread: Loop::PostFromAnyThread.
using LoopPoster = std::function<void(std::function<void()>)>;

enum class StoreHealth { kGreen, kRed };

// Who does the blocking work. kCallers: nobody until Work() is called; a simulation decides when,
// and what still waits when the journal is destroyed is lost, as by a kill.
enum class JournalHands { kThread, kCallers };

struct JournalHealth {
  StoreHealth state = StoreHealth::kGreen;
  std::string message;               // why it is red
  std::int64_t history_dropped = 0;  // entries that found no room while it was red
};

// Told around each transaction, on the journal's own thread. It must not call the journal.
class JournalObserver {
 public:
  virtual ~JournalObserver() = default;
  virtual void WriteBegins() = 0;
  // kRed: it was undone, and nothing of it is stored.
  virtual void WriteEnded(StoreHealth result) = 0;
};

// One write of a batch: `expected` 0 makes a new object.
struct ObjectPut {
  ObjectRow row;
  std::int64_t expected = 0;
};

class Journal final : public Ledger {
 public:
  // Blocks: opens and checks the file before there is a loop. See JournalFile::Open for errors.
  // `observer`, where there is one, outlives the journal.
  static Result<std::unique_ptr<Journal>> Open(const JournalOptions& options, Random& random,
                                               LoopPoster poster,
                                               JournalObserver* observer = nullptr,
                                               JournalHands hands = JournalHands::kThread);
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;
  ~Journal() override;

  // Made once, kept for good; part of every uid and mark.
  const std::string& OwnerId() const;
  // What the check at start found.
  const DamageReport& Damage() const;
  JournalHealth Health() const;
  // With kCallers: whether something waits to be done, and doing one group of it.
  bool HasWork() const;
  void Work();
  // Tries a write and so learns that a disk has healed. For the daemon's health loop.
  Task<Result<void>> Probe();

  Task<Result<LoadedObjects>> LoadObjects();
  // Answers the new resource version, or WriteConflict when `expected` no longer fits.
  Task<Result<std::int64_t>> PutObject(ObjectPut put);
  // Many at once, one fsync; each succeeds or is refused by itself.
  Task<std::vector<Result<std::int64_t>>> PutObjects(std::vector<ObjectPut> puts);
  // Ends the object's life and counts its incarnation.
  Task<Result<void>> DeleteObject(ObjectKey key, std::int64_t expected);
  Task<Result<std::vector<HistoryEntry>>> History(HistoryQuery query);

  void Append(HistoryEntry entry) override;
  Task<Result<void>> RecordChurn(ChurnEntry entry) override;
  Task<Result<void>> WithdrawChurn(std::string account, std::string identity) override;
  Task<Result<std::vector<ChurnEntry>>> LoadChurn(WallTime since) override;
  Task<Result<void>> SaveDocument(LedgerDocument document) override;
  Task<Result<std::vector<LedgerDocument>>> LoadDocuments() override;
  std::optional<Error> Trouble() const override;

 private:
  class Worker;
  explicit Journal(std::unique_ptr<Worker> worker);
  std::unique_ptr<Worker> worker_;
};

}  // namespace instanced
