#include "controller/journal/journal_file.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "controller/journal/row_codec.h"
#include "controller/journal/schema.h"

namespace instanced {
namespace {

// Twice the longest quota window of a cloud (30 days).
constexpr std::chrono::hours kChurnKept{24 * 60};

std::string ChurnName(const std::string& account, const std::string& identity) {
  return fmt::format("{}\n{}", account, identity);
}

std::unexpected<Error> Conflict(const ObjectKey& key) {
  return Fail(ErrorClass::kWriteConflict, "Conflict",
              fmt::format("cannot write {}: it was changed meanwhile", ToString(key)));
}

}  // namespace

JournalFile::JournalFile(std::unique_ptr<JournalLock> lock, std::unique_ptr<Database> database,
                         const JournalOptions& options)
    : lock_(std::move(lock)),
      database_(std::move(database)),
      meta_(*database_, head_, Table::kMeta),
      objects_(*database_, head_, Table::kObjects),
      incarnations_(*database_, head_, Table::kIncarnations),
      churn_(*database_, head_, Table::kChurn),
      documents_(*database_, head_, Table::kDocuments),
      history_(*database_, head_, options.retention) {}

Result<void> JournalFile::Begin() {
  committed_head_ = head_;
  return database_->Execute("BEGIN IMMEDIATE");
}

Result<void> JournalFile::SaveHead() {
  auto saved = meta_.Put("head", EncodeHead({head_.chain + 1, head_.sums}));
  if (!saved) return std::unexpected(saved.error());
  return {};
}

Result<void> JournalFile::Commit() {
  if (head_ != committed_head_) {
    if (auto saved = SaveHead(); !saved) return saved;
  }
  if (auto committed = database_->Execute("COMMIT"); !committed) return committed;
  if (head_ != committed_head_) lock_->Write({head_.chain, owner_id_});
  committed_head_ = head_;
  return {};
}

void JournalFile::Rollback() {
  head_ = committed_head_;
  // SQLite has already rolled back by itself after a full disk; then this fails and is right.
  [[maybe_unused]] const auto rolled_back = database_->Execute("ROLLBACK");
}

Result<std::int64_t> JournalFile::PutObject(const ObjectRow& row, std::int64_t expected) {
  const auto name = ToString(row.key);
  auto chain = objects_.ChainOf(name);
  if (!chain) return chain;
  if (*chain != expected) return Conflict(row.key);
  return objects_.Put(name, EncodeObject(row));
}

Result<void> JournalFile::DeleteObject(const ObjectKey& key, std::int64_t expected) {
  const auto name = ToString(key);
  auto chain = objects_.ChainOf(name);
  if (!chain) return std::unexpected(chain.error());
  if (*chain != expected || expected == 0) return Conflict(key);
  auto record = objects_.Get(name);
  if (!record) return std::unexpected(record.error());
  const auto row = *record ? DecodeObject((*record)->content) : std::nullopt;
  if (!row) return Fail(ErrorClass::kStore, "Damaged", "the object's record is damaged");
  if (auto erased = objects_.Erase(name); !erased) return erased;
  auto counted = incarnations_.Put(name, std::to_string(row->incarnation + 1));
  if (!counted) return std::unexpected(counted.error());
  return {};
}

Result<LoadedObjects> JournalFile::LoadObjects() {
  auto scan = objects_.Scan();
  if (!scan) return std::unexpected(scan.error());
  LoadedObjects loaded;
  for (const auto& record : scan->sound) {
    auto row = DecodeObject(record.content);
    if (!row || ToString(row->key) != record.key) continue;
    row->resource_version = record.chain;
    loaded.rows.push_back(std::move(*row));
  }
  auto counts = incarnations_.Scan();
  if (!counts) return std::unexpected(counts.error());
  for (const auto& [name, content, chain] : counts->sound) {
    std::int64_t count = 0;
    std::from_chars(content.data(), content.data() + content.size(), count);
    if (auto key = ParseObjectKey(name)) loaded.incarnations.emplace(std::move(*key), count);
  }
  return loaded;
}

Result<std::vector<HistoryEntry>> JournalFile::History(const HistoryQuery& query) {
  return history_.Query(query);
}

Result<void> JournalFile::RecordChurn(const ChurnEntry& entry) {
  const auto name = ChurnName(entry.account, entry.identity);
  auto chain = churn_.ChainOf(name);
  if (!chain) return std::unexpected(chain.error());
  if (*chain != 0) return {};
  auto put = churn_.Put(name, EncodeChurn(entry));
  if (!put) return std::unexpected(put.error());
  // Now and then is often enough: the entries are small.
  if (*put % 64 == 0) return PruneChurn(entry.at);
  return {};
}

Result<void> JournalFile::WithdrawChurn(const std::string& account, const std::string& identity) {
  const auto name = ChurnName(account, identity);
  const auto chain = churn_.ChainOf(name);
  if (!chain) return std::unexpected(chain.error());
  return *chain == 0 ? Result<void>() : churn_.Erase(name);
}

Result<std::vector<ChurnEntry>> JournalFile::LoadChurn(WallTime since) {
  auto scan = churn_.Scan();
  if (!scan) return std::unexpected(scan.error());
  std::vector<ChurnEntry> entries;
  for (const auto& record : scan->sound) {
    auto entry = DecodeChurn(record.content);
    if (entry && entry->at >= since) entries.push_back(std::move(*entry));
  }
  return entries;
}

Result<void> JournalFile::PruneChurn(WallTime now) {
  auto scan = churn_.Scan();
  if (!scan) return std::unexpected(scan.error());
  for (const auto& record : scan->sound) {
    auto entry = DecodeChurn(record.content);
    if (!entry || entry->at >= now - kChurnKept) continue;
    if (auto erased = churn_.Erase(record.key); !erased) return erased;
  }
  return {};
}

Result<void> JournalFile::SaveDocument(const LedgerDocument& document) {
  auto put = documents_.Put(document.name, document.json);
  if (!put) return std::unexpected(put.error());
  return {};
}

Result<std::vector<LedgerDocument>> JournalFile::LoadDocuments() {
  auto scan = documents_.Scan();
  if (!scan) return std::unexpected(scan.error());
  std::vector<LedgerDocument> documents;
  for (auto& record : scan->sound) {
    documents.push_back({std::move(record.key), std::move(record.content)});
  }
  return documents;
}

Result<void> JournalFile::Probe() {
  auto put = meta_.Put("probe", std::to_string(head_.chain));
  if (!put) return std::unexpected(put.error());
  return {};
}

}  // namespace instanced
