// RecordTable: rows that prove themselves. Every row is (key, content, chain, checksum).
//
// The checksum covers table, key, chain and content, so that a flipped bit shows where SQLite's
// own integrity check sees nothing. The chain number is the one of the write that made the row;
// the Head row repeats the newest, and per table the exclusive-or of all checksums, so that a row
// that has gone without a trace shows too.
// Threads: one at a time.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/journal/database.h"
#include "controller/journal/object_row.h"

namespace instanced {

enum class Table { kObjects, kIncarnations, kChurn, kDocuments, kMeta };
inline constexpr std::array<Table, 4> kSummedTables{Table::kObjects, Table::kIncarnations,
                                                    Table::kChurn, Table::kDocuments};
std::string_view ToString(Table table);

struct Record {
  std::string key;
  std::string content;
  std::int64_t chain = 0;
  friend bool operator==(const Record&, const Record&) = default;
};

std::uint64_t Checksum(std::string_view table, const Record& record);
// Sixteen hex characters: the form of the checksum column.
std::string ChecksumText(std::string_view table, const Record& record);

struct Head {
  std::int64_t chain = 0;
  std::array<std::uint64_t, kSummedTables.size()> sums{};
  friend bool operator==(const Head&, const Head&) = default;
};
std::string EncodeHead(const Head& head);
std::optional<Head> DecodeHead(std::string_view content);

struct RecordScan {
  std::vector<Record> sound;
  std::vector<Record> damaged;
  std::uint64_t sum = 0;  // of the sound ones
};

class RecordTable final {
 public:
  // `head` counts the writes and lives with the database.
  RecordTable(Database& database, Head& head, Table table);

  // Nothing for a row that is absent or does not prove itself.
  Result<std::optional<Record>> Get(const std::string& key);
  // The chain number of a row, 0 when there is none.
  Result<std::int64_t> ChainOf(const std::string& key);
  // Answers the new chain number.
  Result<std::int64_t> Put(std::string key, std::string content);
  Result<void> Erase(const std::string& key);
  Result<RecordScan> Scan();
  // As far as a damaged file lets itself be read.
  RecordScan ScanReadable();
  // Moves damaged rows to table `damaged`.
  Result<void> SetAside(const std::vector<Record>& damaged);

 private:
  // Takes the row's checksum out of the head's sum.
  Result<void> Subtract(const std::string& key);
  std::uint64_t* Sum();
  Result<void> ScanInto(RecordScan& scan);

  Database& database_;
  Head& head_;
  Table table_;
  std::string name_;
};

}  // namespace instanced
