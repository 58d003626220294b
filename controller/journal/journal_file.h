// JournalFile: the journal as one thread sees it. Every call blocks; Journal runs it elsewhere.
//
// File: SQLite, WAL, synchronous FULL, so a committed transaction survives a power cut. Rows prove
// themselves (record_table.h), one process holds the file (journal_lock.h).
// Errors are of class Store, except WriteConflict for a resource version that no longer fits.
// After a Store error inside a transaction the caller rolls back; nothing of it remains.
// Threads: one at a time, any one.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "api/error/error.h"
#include "controller/clock/clock.h"
#include "controller/journal/database.h"
#include "controller/journal/history_table.h"
#include "controller/journal/journal_lock.h"
#include "controller/journal/ledger.h"
#include "controller/journal/object_row.h"
#include "controller/journal/record_table.h"

namespace instanced {

class JournalFile final {
 public:
  // Opens or makes the journal, checks it whole and sets damaged rows aside. `random` serves the
  // owner id of a new journal. Refused, with what to do in the message: in use, not a database,
  // another program's, of a newer version, structurally damaged (unless told to move it aside).
  static Result<std::unique_ptr<JournalFile>> Open(const JournalOptions& options, Random& random);

  const DamageReport& damage() const { return damage_; }
  const std::string& owner_id() const { return owner_id_; }

  Result<void> Begin();
  Result<void> Commit();
  void Rollback();

  // Answers the new resource version. `expected` 0: there must be no such object yet.
  Result<std::int64_t> PutObject(const ObjectRow& row, std::int64_t expected);
  // Ends the object's life and counts its incarnation.
  Result<void> DeleteObject(const ObjectKey& key, std::int64_t expected);
  Result<LoadedObjects> LoadObjects();

  Result<void> Append(const HistoryEntry& entry) { return history_.Append(entry); }
  Result<std::vector<HistoryEntry>> History(const HistoryQuery& query);
  Result<void> RecordChurn(const ChurnEntry& entry);
  Result<void> WithdrawChurn(const std::string& account, const std::string& identity);
  Result<std::vector<ChurnEntry>> LoadChurn(WallTime since);
  // Forgets entries older than 60 days, twice the longest quota window.
  Result<void> PruneChurn(WallTime now);
  Result<void> SaveDocument(const LedgerDocument& document);
  Result<std::vector<LedgerDocument>> LoadDocuments();

  // A write that changes nothing but shows whether the disk takes writes. In a transaction.
  Result<void> Probe();

 private:
  JournalFile(std::unique_ptr<JournalLock> lock, std::unique_ptr<Database> database,
              const JournalOptions& options);
  static Result<std::unique_ptr<JournalFile>> OpenOnce(std::unique_ptr<JournalLock>& lock,
                                                       const JournalOptions& options,
                                                       Random& random);
  static Result<std::unique_ptr<JournalFile>> MoveAsideAndOpen(std::unique_ptr<JournalLock>& lock,
                                                               const JournalOptions& options,
                                                               Random& random);
  // All that is sound in a damaged file, in a closed one beside it. The lock comes back.
  static Result<void> Rebuild(std::unique_ptr<JournalLock>& lock, const JournalOptions& options,
                              Random& random);
  // The check at start (journal_open.cc).
  Result<void> Check(const JournalOptions& options, Random& random);
  Result<void> LoadHead();
  Result<void> CheckTable(RecordTable& table, Table name);
  Result<void> LoadOwner(const JournalOptions& options, Random& random);
  // Copies every record of a damaged file that can still be read and proves itself.
  Result<void> Salvage(Database& damaged);

  Result<void> SaveHead();

  std::unique_ptr<JournalLock> lock_;
  std::unique_ptr<Database> database_;
  Head head_;
  Head committed_head_;
  RecordTable meta_;
  RecordTable objects_;
  RecordTable incarnations_;
  RecordTable churn_;
  RecordTable documents_;
  HistoryTable history_;
  std::string owner_id_;
  DamageReport damage_;
  bool is_new_ = false;
};

}  // namespace instanced
