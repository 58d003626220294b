// HistoryTable: what happened, newest last, each entry under its own checksum.
// Threads: one at a time.
#pragma once

#include <cstdint>
#include <vector>

#include "controller/journal/database.h"
#include "controller/journal/ledger.h"
#include "controller/journal/object_row.h"
#include "controller/journal/record_table.h"

namespace instanced {

class HistoryTable final {
 public:
  HistoryTable(Database& database, Head& head, HistoryRetention retention)
      : database_(database), head_(head), retention_(retention) {}

  // Gives the entry its sequence; now and then lets the oldest go.
  Result<void> Append(const HistoryEntry& entry);
  // Newest first; entries that do not prove themselves are left out.
  Result<std::vector<HistoryEntry>> Query(const HistoryQuery& query);
  // Removes what retention no longer covers, as seen from the newest entry.
  Result<void> Prune();

 private:
  Database& database_;
  Head& head_;
  HistoryRetention retention_;
  int appended_since_prune_ = 0;
};

}  // namespace instanced
