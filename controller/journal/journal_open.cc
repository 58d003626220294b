// Opening a journal: lock, structure, records, owner; and the way out of a damaged file.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "controller/journal/journal_file.h"
#include "controller/journal/schema.h"

namespace instanced {
namespace {

constexpr const char* kReadPragmas = "PRAGMA cell_size_check = ON; PRAGMA busy_timeout = 1000;";
// Only once the file is known to be ours.
constexpr const char* kWritePragmas =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216;"
    // Rows are read at the start and then only written: half a megabyte of pages does.
    "PRAGMA cache_size = -512;";

std::string RandomUuid(Random& random) {
  const auto high = random.Next();
  const auto low = random.Next();
  return fmt::format("{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xfff, (low >> 48 & 0x3fff) | 0x8000, low & 0xffffffffffff);
}

// SQLite would make the file readable to all; status may hold what is nobody else's business.
void MakePrivate(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor >= 0) ::close(descriptor);
}

constexpr const char* kFiles[] = {"", "-wal", "-shm"};

std::string RebuiltPath(const std::string& path) { return path + ".rebuilt"; }

// SQLite removes the log beside a file when all of it is in the file.
bool IsClosed(const std::string& path) {
  std::error_code failed;
  return std::filesystem::exists(path, failed) && !std::filesystem::exists(path + "-wal", failed);
}

Result<void> TakeRebuilt(const std::string& path) {
  std::error_code failed;
  std::filesystem::rename(RebuiltPath(path), path, failed);
  if (!failed) return {};
  return Fail(ErrorClass::kStore, "IoError",
              fmt::format("cannot give {} its name: {}", RebuiltPath(path), failed.message()));
}

// A repair that was killed after the damaged file had been moved aside.
Result<void> EndRepair(const std::string& path) {
  std::error_code failed;
  if (std::filesystem::exists(path, failed) || !IsClosed(RebuiltPath(path))) return {};
  return TakeRebuilt(path);
}

Result<std::string> MoveAside(const std::string& path) {
  std::error_code failed;
  std::string target;
  for (int number = 1;; ++number) {
    target = fmt::format("{}.damaged-{}", path, number);
    if (!std::filesystem::exists(target, failed)) break;
  }
  for (const auto* suffix : kFiles) {
    if (!std::filesystem::exists(path + suffix, failed)) continue;
    std::filesystem::rename(path + suffix, target + suffix, failed);
    if (failed) {
      return Fail(ErrorClass::kStore, "IoError",
                  fmt::format("cannot move the damaged journal {} aside: {}", path + suffix,
                              failed.message()));
    }
  }
  return target;
}

Error WithAdvice(Error error, const std::string& path) {
  if (error.code != "Damaged") {
    error.message = fmt::format("{} ({})", error.message, path);
    return error;
  }
  error.message = fmt::format(
      "{} ({}); restore a backup, or start with --repair-state yes, which keeps the file under "
      "another "
      "name and begins anew with every record that is sound: instances are found again by their "
      "marks",
      error.message, path);
  return error;
}

}  // namespace

Result<std::unique_ptr<JournalFile>> JournalFile::Open(const JournalOptions& options,
                                                       Random& random) {
  auto lock = JournalLock::Acquire(options.path);
  if (!lock) return std::unexpected(std::move(lock.error()));
  if (auto ended = EndRepair(options.path); !ended) return std::unexpected(ended.error());
  auto file = OpenOnce(*lock, options, random);
  if (file) return file;
  if (file.error().code != "Damaged" || options.on_damage == OnDamage::kRefuse) {
    return std::unexpected(WithAdvice(std::move(file.error()), options.path));
  }
  return MoveAsideAndOpen(*lock, options, random);
}

Result<std::unique_ptr<JournalFile>> JournalFile::OpenOnce(std::unique_ptr<JournalLock>& lock,
                                                           const JournalOptions& options,
                                                           Random& random) {
  MakePrivate(options.path);
  auto database = Database::Open(options.path, options.vfs);
  if (!database) return std::unexpected(std::move(database.error()));
  if (auto set = (*database)->Execute(kReadPragmas); !set) return std::unexpected(set.error());
  if (auto sound = CheckIntegrity(**database); !sound) return std::unexpected(sound.error());
  if (auto ready = Migrate(**database, Migrations()); !ready) return std::unexpected(ready.error());
  if (auto set = (*database)->Execute(kWritePragmas); !set) return std::unexpected(set.error());
  std::unique_ptr<JournalFile> file(
      new JournalFile(std::move(lock), std::move(*database), options));
  if (auto checked = file->Check(options, random); !checked) {
    file->Rollback();
    lock = std::move(file->lock_);
    return std::unexpected(checked.error());
  }
  return file;
}

// The damaged file stays where it is until all that is sound in it lies in another one, closed: a
// repair that is killed is begun anew, or was complete.
Result<std::unique_ptr<JournalFile>> JournalFile::MoveAsideAndOpen(
    std::unique_ptr<JournalLock>& lock, const JournalOptions& options, Random& random) {
  if (auto rebuilt = Rebuild(lock, options, random); !rebuilt) {
    return std::unexpected(std::move(rebuilt.error()));
  }
  auto moved = MoveAside(options.path);
  if (!moved) return std::unexpected(std::move(moved.error()));
  if (auto taken = TakeRebuilt(options.path); !taken) return std::unexpected(taken.error());
  auto file = OpenOnce(lock, options, random);
  if (!file) return file;
  (*file)->damage_ = DamageReport();
  (*file)->damage_.moved_aside = *moved;
  return file;
}

Result<void> JournalFile::Rebuild(std::unique_ptr<JournalLock>& lock, const JournalOptions& options,
                                  Random& random) {
  JournalOptions anew = options;
  anew.path = RebuiltPath(options.path);
  for (const auto* suffix : kFiles) std::remove((anew.path + suffix).c_str());
  auto damaged = Database::Open(options.path, options.vfs);
  if (damaged) {
    Head unused;
    RecordTable meta(**damaged, unused, Table::kMeta);
    for (const auto& record : meta.ScanReadable().sound) {
      if (record.key.starts_with("owner")) anew.owner_id = record.content;
    }
  }
  auto file = OpenOnce(lock, anew, random);
  if (!file) return std::unexpected(std::move(file.error()));
  Result<void> salvaged;
  if (damaged) {
    salvaged = (*file)->Begin();
    if (salvaged) salvaged = (*file)->Salvage(**damaged);
    if (salvaged) salvaged = (*file)->Commit();
  }
  lock = std::move((*file)->lock_);
  file->reset();
  if (!salvaged) return salvaged;
  if (!IsClosed(anew.path)) {
    return Fail(ErrorClass::kStore, "IoError",
                fmt::format("cannot complete {}, the repaired journal", anew.path));
  }
  return {};
}

Result<void> JournalFile::Salvage(Database& damaged) {
  Head unused;
  const std::pair<Table, RecordTable*> tables[] = {{Table::kObjects, &objects_},
                                                   {Table::kIncarnations, &incarnations_},
                                                   {Table::kChurn, &churn_},
                                                   {Table::kDocuments, &documents_}};
  for (const auto& [name, target] : tables) {
    RecordTable source(damaged, unused, name);
    for (auto& record : source.ScanReadable().sound) {
      auto put = target->Put(std::move(record.key), std::move(record.content));
      if (!put) return std::unexpected(put.error());
    }
  }
  HistoryTable source(damaged, unused, {});
  auto entries = source.Query({.key = {}, .since = {}, .limit = 1'000'000});
  if (!entries) return {};
  std::reverse(entries->begin(), entries->end());
  for (const auto& entry : *entries) {
    if (auto appended = history_.Append(entry); !appended) return appended;
  }
  return {};
}

Result<void> JournalFile::Check(const JournalOptions& options, Random& random) {
  if (auto begun = Begin(); !begun) return begun;
  if (auto loaded = LoadHead(); !loaded) return loaded;
  const std::pair<Table, RecordTable*> tables[] = {{Table::kMeta, &meta_},
                                                   {Table::kObjects, &objects_},
                                                   {Table::kIncarnations, &incarnations_},
                                                   {Table::kChurn, &churn_},
                                                   {Table::kDocuments, &documents_}};
  for (const auto& [name, table] : tables) {
    if (auto checked = CheckTable(*table, name); !checked) return checked;
  }
  const auto& witness = lock_->found();
  if (witness.chain > head_.chain) {
    damage_.lost_writes = witness.chain - head_.chain;
    // Resource versions that were given out once are not given out again.
    head_.chain = witness.chain;
  }
  if (auto loaded = LoadOwner(options, random); !loaded) return loaded;
  if (auto pruned = history_.Prune(); !pruned) return pruned;
  if (auto committed = Commit(); !committed) return committed;
  lock_->Write({head_.chain, owner_id_});
  return {};
}

Result<void> JournalFile::LoadHead() {
  auto record = meta_.Get("head");
  if (!record) return std::unexpected(record.error());
  auto rows = database_->QueryInt("SELECT count(*) FROM meta");
  if (!rows) return std::unexpected(rows.error());
  is_new_ = *rows == 0;
  if (!*record) return {};
  if (auto head = DecodeHead((*record)->content)) committed_head_ = head_ = *head;
  return {};
}

Result<void> JournalFile::CheckTable(RecordTable& table, Table name) {
  auto scan = table.Scan();
  if (!scan) return std::unexpected(scan.error());
  for (const auto& record : scan->damaged) {
    damage_.set_aside.push_back({std::string(ToString(name)), record.key});
  }
  if (auto moved = table.SetAside(scan->damaged); !moved) return moved;
  for (const auto& record : scan->sound) head_.chain = std::max(head_.chain, record.chain);
  const auto index = static_cast<std::size_t>(name);
  if (index >= head_.sums.size()) return {};
  if (scan->damaged.empty() && head_.sums[index] != scan->sum) {
    damage_.missing_records.emplace_back(ToString(name));
  }
  head_.sums[index] = scan->sum;
  return {};
}

Result<void> JournalFile::LoadOwner(const JournalOptions& options, Random& random) {
  for (const auto* key : {"owner", "owner-copy"}) {
    auto record = meta_.Get(key);
    if (!record) return std::unexpected(record.error());
    if (*record && owner_id_.empty()) owner_id_ = (*record)->content;
  }
  const bool found = !owner_id_.empty();
  if (!found) owner_id_ = options.owner_id;
  if (owner_id_.empty()) owner_id_ = lock_->found().owner_id;
  if (owner_id_.empty() && !is_new_) {
    return Fail(ErrorClass::kStore, "OwnerLost",
                "the journal's owner id is damaged, and without it no instance is known as ours; "
                "restore a backup, or start with --owner-id and the first part of an instance's "
                "tag instanced.dev/owner");
  }
  if (owner_id_.empty()) owner_id_ = RandomUuid(random);
  for (const auto* key : {"owner", "owner-copy"}) {
    auto record = meta_.Get(key);
    if (!record) return std::unexpected(record.error());
    if (*record && (*record)->content == owner_id_) continue;
    auto put = meta_.Put(key, owner_id_);
    if (!put) return std::unexpected(put.error());
  }
  return {};
}

}  // namespace instanced
