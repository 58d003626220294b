#include "controller/journal/schema.h"

#include <array>
#include <string>

#include <fmt/format.h>

namespace instanced {
namespace {

// "inst": tells our file from another program's.
constexpr std::int64_t kApplicationId = 0x696e7374;

constexpr std::array<std::string_view, 1> kMigrations{R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, content TEXT NOT NULL, chain INTEGER NOT NULL,
                  checksum TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE objects(key TEXT PRIMARY KEY, content TEXT NOT NULL, chain INTEGER NOT NULL,
                     checksum TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE incarnations(key TEXT PRIMARY KEY, content TEXT NOT NULL, chain INTEGER NOT NULL,
                          checksum TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE churn(key TEXT PRIMARY KEY, content TEXT NOT NULL, chain INTEGER NOT NULL,
                   checksum TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents(key TEXT PRIMARY KEY, content TEXT NOT NULL, chain INTEGER NOT NULL,
                       checksum TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE history(sequence INTEGER PRIMARY KEY, object TEXT NOT NULL, at INTEGER NOT NULL,
                     content TEXT NOT NULL, chain INTEGER NOT NULL, checksum TEXT NOT NULL);
CREATE INDEX history_object ON history(object, sequence);
CREATE INDEX history_at ON history(at);
CREATE TABLE damaged(id INTEGER PRIMARY KEY, source TEXT, key TEXT, content TEXT, chain INTEGER,
                     checksum TEXT);
)sql"};

Result<void> RefuseForeign(Database& database, std::int64_t newest) {
  auto tables = database.QueryInt("SELECT count(*) FROM sqlite_master");
  if (!tables) return std::unexpected(tables.error());
  auto application = database.QueryInt("PRAGMA application_id");
  if (!application) return std::unexpected(application.error());
  auto version = database.QueryInt("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (*tables == 0 && *version == 0) return {};
  if (*application != kApplicationId) {
    return Fail(ErrorClass::kStore, "ForeignFile",
                "cannot use the journal: it is a database of another program");
  }
  if (*version > newest) {
    return Fail(ErrorClass::kStore, "NewerVersion",
                fmt::format("cannot use the journal: it has version {}, this program knows "
                            "version {}; use the newer program",
                            *version, newest));
  }
  if (*version <= 0 || *tables == 0) {
    return Fail(ErrorClass::kStore, "Damaged", "cannot use the journal: its header is damaged");
  }
  return {};
}

}  // namespace

std::span<const std::string_view> Migrations() { return kMigrations; }

Result<void> Migrate(Database& database, std::span<const std::string_view> migrations) {
  const auto newest = static_cast<std::int64_t>(migrations.size());
  if (auto refused = RefuseForeign(database, newest); !refused) return refused;
  auto version = database.QueryInt("PRAGMA user_version");
  if (!version) return std::unexpected(version.error());
  if (*version == newest) return {};
  std::string script = fmt::format("BEGIN IMMEDIATE; PRAGMA application_id = {};", kApplicationId);
  for (auto step = *version; step < newest; ++step) {
    script.append(migrations[static_cast<std::size_t>(step)]);
  }
  script += fmt::format("PRAGMA user_version = {}; COMMIT;", newest);
  auto migrated = database.Execute(script);
  if (!migrated) {
    [[maybe_unused]] const auto rolled_back = database.Execute("ROLLBACK");
  }
  return migrated;
}

Result<void> CheckIntegrity(Database& database) {
  auto statement = database.Prepare("PRAGMA integrity_check(1)");
  if (!statement) return std::unexpected(statement.error());
  auto step = (*statement)->Step();
  if (!step) return std::unexpected(step.error());
  const std::string verdict = *step == StepOutcome::kRow ? (*statement)->Text(0) : "no answer";
  (*statement)->Reset();
  if (verdict == "ok") return {};
  return Fail(ErrorClass::kStore, "Damaged",
              fmt::format("the journal's structure is damaged: {}", verdict));
}

}  // namespace instanced
