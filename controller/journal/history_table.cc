#include "controller/journal/history_table.h"

#include <algorithm>
#include <limits>
#include <string>

#include "controller/journal/row_codec.h"

namespace instanced {
namespace {

constexpr std::string_view kName = "history";
constexpr int kAppendsPerPrune = 256;

Record MakeRecord(std::int64_t sequence, std::string content, std::int64_t chain) {
  return {std::to_string(sequence), std::move(content), chain};
}

}  // namespace

Result<void> HistoryTable::Append(const HistoryEntry& entry) {
  auto newest = database_.QueryInt("SELECT max(sequence) FROM history");
  if (!newest) return std::unexpected(newest.error());
  const std::int64_t sequence = *newest + 1;
  const auto record = MakeRecord(sequence, EncodeHistory(entry), ++head_.chain);
  auto insert = database_.Prepare(
      "INSERT INTO history(sequence, object, at, content, chain, checksum) "
      "VALUES(?1, ?2, ?3, ?4, ?5, ?6)");
  if (!insert) return std::unexpected(insert.error());
  auto run = (*insert)
                 ->Bind(1, sequence)
                 .Bind(2, ToString(entry.key))
                 .Bind(3, entry.at.time_since_epoch().count())
                 .Bind(4, record.content)
                 .Bind(5, record.chain)
                 .Bind(6, ChecksumText(kName, record))
                 .Run();
  if (!run) return run;
  if (++appended_since_prune_ < kAppendsPerPrune) return {};
  appended_since_prune_ = 0;
  return Prune();
}

Result<std::vector<HistoryEntry>> HistoryTable::Query(const HistoryQuery& query) {
  auto select =
      database_.Prepare(query.key ? "SELECT sequence, content, chain, checksum FROM history "
                                    "WHERE object = ?3 AND at >= ?1 ORDER BY sequence DESC LIMIT ?2"
                                  : "SELECT sequence, content, chain, checksum FROM history "
                                    "WHERE at >= ?1 ORDER BY sequence DESC LIMIT ?2");
  if (!select) return std::unexpected(select.error());
  Statement& rows = **select;
  rows.Bind(1, query.since ? query.since->time_since_epoch().count()
                           : std::numeric_limits<std::int64_t>::min());
  rows.Bind(2, static_cast<std::int64_t>(std::min<std::size_t>(query.limit, 1'000'000)));
  if (query.key) rows.Bind(3, ToString(*query.key));
  std::vector<HistoryEntry> entries;
  while (true) {
    auto step = rows.Step();
    if (!step) return std::unexpected(step.error());
    if (*step == StepOutcome::kDone) break;
    const auto record = MakeRecord(rows.Int(0), rows.Text(1), rows.Int(2));
    if (rows.Text(3) != ChecksumText(kName, record)) continue;
    auto entry = DecodeHistory(record.content);
    // The object column is not under the checksum: a row found under a wrong name is left out.
    if (!entry || (query.key && entry->key != *query.key)) continue;
    entry->sequence = rows.Int(0);
    entries.push_back(std::move(*entry));
  }
  rows.Reset();
  return entries;
}

Result<void> HistoryTable::Prune() {
  auto newest = database_.QueryInt("SELECT at FROM history ORDER BY sequence DESC LIMIT 1");
  if (!newest) return std::unexpected(newest.error());
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(retention_.age).count();
  auto old = database_.Prepare("DELETE FROM history WHERE at < ?1");
  if (!old) return std::unexpected(old.error());
  if (auto run = (*old)->Bind(1, *newest - age).Run(); !run) return run;
  auto surplus = database_.Prepare(
      "DELETE FROM history WHERE sequence <= (SELECT max(sequence) FROM history) - ?1");
  if (!surplus) return std::unexpected(surplus.error());
  return (*surplus)->Bind(1, retention_.entries_max).Run();
}

}  // namespace instanced
