#include "controller/journal/record_table.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "api/object/digest.h"

namespace instanced {
namespace {

std::uint64_t ParseHex(std::string_view text) {
  std::uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value, 16);
  return value;
}

}  // namespace

std::string_view ToString(Table table) {
  switch (table) {
    case Table::kObjects:
      return "objects";
    case Table::kIncarnations:
      return "incarnations";
    case Table::kChurn:
      return "churn";
    case Table::kDocuments:
      return "documents";
    case Table::kMeta:
      return "meta";
  }
  std::unreachable();
}

std::uint64_t Checksum(std::string_view table, const Record& record) {
  return Fingerprint(fmt::format("{}\n{}\n{}\n{}\n{}", table, record.key.size(), record.key,
                                 record.chain, record.content));
}

std::string ChecksumText(std::string_view table, const Record& record) {
  return fmt::format("{:016x}", Checksum(table, record));
}

std::string EncodeHead(const Head& head) {
  return fmt::format("{:020} {:016x}", head.chain, fmt::join(head.sums, " "));
}

std::optional<Head> DecodeHead(std::string_view content) {
  if (content.size() != 20 + 17 * kSummedTables.size()) return std::nullopt;
  Head head;
  std::from_chars(content.data(), content.data() + 20, head.chain);
  for (std::size_t i = 0; i < head.sums.size(); ++i) {
    head.sums[i] = ParseHex(content.substr(21 + 17 * i, 16));
  }
  if (EncodeHead(head) != content) return std::nullopt;
  return head;
}

RecordTable::RecordTable(Database& database, Head& head, Table table)
    : database_(database), head_(head), table_(table), name_(ToString(table)) {}

std::uint64_t* RecordTable::Sum() {
  const auto index = static_cast<std::size_t>(table_);
  return index < head_.sums.size() ? &head_.sums[index] : nullptr;
}

Result<std::optional<Record>> RecordTable::Get(const std::string& key) {
  auto statement = database_.Prepare(
      fmt::format("SELECT content, chain, checksum FROM {} WHERE key = ?1", name_));
  if (!statement) return std::unexpected(statement.error());
  auto step = (*statement)->Bind(1, key).Step();
  if (!step) return std::unexpected(step.error());
  if (*step == StepOutcome::kDone) return std::optional<Record>();
  Record record{key, (*statement)->Text(0), (*statement)->Int(1)};
  const bool sound = (*statement)->Text(2) == ChecksumText(name_, record);
  (*statement)->Reset();
  return sound ? std::optional(std::move(record)) : std::nullopt;
}

Result<std::int64_t> RecordTable::ChainOf(const std::string& key) {
  auto statement = database_.Prepare(fmt::format("SELECT chain FROM {} WHERE key = ?1", name_));
  if (!statement) return std::unexpected(statement.error());
  auto step = (*statement)->Bind(1, key).Step();
  if (!step) return std::unexpected(step.error());
  const std::int64_t chain = *step == StepOutcome::kRow ? (*statement)->Int(0) : 0;
  (*statement)->Reset();
  return chain;
}

Result<void> RecordTable::Subtract(const std::string& key) {
  auto* sum = Sum();
  if (!sum) return {};
  auto statement = database_.Prepare(fmt::format("SELECT checksum FROM {} WHERE key = ?1", name_));
  if (!statement) return std::unexpected(statement.error());
  auto step = (*statement)->Bind(1, key).Step();
  if (!step) return std::unexpected(step.error());
  if (*step == StepOutcome::kRow) *sum ^= ParseHex((*statement)->Text(0));
  (*statement)->Reset();
  return {};
}

Result<std::int64_t> RecordTable::Put(std::string key, std::string content) {
  if (auto subtracted = Subtract(key); !subtracted) return std::unexpected(subtracted.error());
  const Record record{std::move(key), std::move(content), ++head_.chain};
  const auto checksum = ChecksumText(name_, record);
  auto statement = database_.Prepare(fmt::format(
      "INSERT OR REPLACE INTO {}(key, content, chain, checksum) VALUES(?1, ?2, ?3, ?4)", name_));
  if (!statement) return std::unexpected(statement.error());
  auto run = (*statement)
                 ->Bind(1, record.key)
                 .Bind(2, record.content)
                 .Bind(3, record.chain)
                 .Bind(4, checksum)
                 .Run();
  if (!run) return std::unexpected(run.error());
  if (auto* sum = Sum()) *sum ^= ParseHex(checksum);
  return record.chain;
}

Result<void> RecordTable::Erase(const std::string& key) {
  if (auto subtracted = Subtract(key); !subtracted) return subtracted;
  ++head_.chain;
  auto statement = database_.Prepare(fmt::format("DELETE FROM {} WHERE key = ?1", name_));
  if (!statement) return std::unexpected(statement.error());
  return (*statement)->Bind(1, key).Run();
}

Result<void> RecordTable::ScanInto(RecordScan& scan) {
  auto statement =
      database_.Prepare(fmt::format("SELECT key, content, chain, checksum FROM {}", name_));
  if (!statement) return std::unexpected(statement.error());
  while (true) {
    auto step = (*statement)->Step();
    if (!step) return std::unexpected(step.error());
    if (*step == StepOutcome::kDone) break;
    Record record{(*statement)->Text(0), (*statement)->Text(1), (*statement)->Int(2)};
    const auto checksum = Checksum(name_, record);
    if ((*statement)->Text(3) == fmt::format("{:016x}", checksum)) {
      scan.sum ^= checksum;
      scan.sound.push_back(std::move(record));
    } else {
      scan.damaged.push_back(std::move(record));
    }
  }
  (*statement)->Reset();
  return {};
}

Result<RecordScan> RecordTable::Scan() {
  RecordScan scan;
  if (auto done = ScanInto(scan); !done) return std::unexpected(done.error());
  return scan;
}

RecordScan RecordTable::ScanReadable() {
  RecordScan scan;
  [[maybe_unused]] const auto done = ScanInto(scan);
  return scan;
}

Result<void> RecordTable::SetAside(const std::vector<Record>& damaged) {
  for (const auto& record : damaged) {
    auto copy = database_.Prepare(
        fmt::format("INSERT INTO damaged(source, key, content, chain, checksum) "
                    "SELECT '{0}', key, content, chain, checksum FROM {0} WHERE key = ?1",
                    name_));
    if (!copy) return std::unexpected(copy.error());
    if (auto run = (*copy)->Bind(1, record.key).Run(); !run) return run;
    auto drop = database_.Prepare(fmt::format("DELETE FROM {} WHERE key = ?1", name_));
    if (!drop) return std::unexpected(drop.error());
    if (auto run = (*drop)->Bind(1, record.key).Run(); !run) return run;
  }
  return {};
}

}  // namespace instanced
