// RecordedState: what a journal holds, read without opening it for work.
//
// Nothing is written, locked or repaired: the journal may belong to a running daemon, and is read
// as of one moment. Records that do not prove themselves are left out.
// Threads: blocks.
#pragma once

#include <string>
#include <vector>

#include "api/error/error.h"
#include "controller/journal/ledger.h"
#include "controller/journal/object_row.h"

namespace instanced {

struct RecordedState {
  std::string owner_id;
  LoadedObjects objects;
  std::vector<ChurnEntry> churn;
  std::vector<LedgerDocument> documents;
};

// Store with the path in the message when it is no journal or cannot be read.
Result<RecordedState> ReadRecordedState(const std::string& path);

}  // namespace instanced
