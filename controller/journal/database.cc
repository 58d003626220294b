#include "controller/journal/database.h"

#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace instanced {
namespace {

std::string_view CodeOf(int result) {
  switch (result & 0xff) {
    case SQLITE_FULL:
      return "DiskFull";
    case SQLITE_READONLY:
      return "ReadOnly";
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return "IoError";
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return "Damaged";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "InUse";
    default:
      return "StoreError";
  }
}

std::unexpected<Error> Failure(sqlite3* db, std::string_view act) {
  const int result = db ? sqlite3_extended_errcode(db) : SQLITE_NOMEM;
  return Fail(
      ErrorClass::kStore, std::string(CodeOf(result)),
      fmt::format("cannot {} the journal: {}", act, db ? sqlite3_errmsg(db) : "out of memory"));
}

}  // namespace

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::Bind(int parameter, std::int64_t value) {
  sqlite3_bind_int64(statement_, parameter, value);
  return *this;
}

Statement& Statement::Bind(int parameter, std::string_view text) {
  sqlite3_bind_text64(statement_, parameter, text.data() ? text.data() : "", text.size(),
                      SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Result<StepOutcome> Statement::Step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return StepOutcome::kRow;
  if (result == SQLITE_DONE) return StepOutcome::kDone;
  auto failure = Failure(db_, sqlite3_stmt_readonly(statement_) ? "read" : "write");
  sqlite3_reset(statement_);
  return failure;
}

Result<void> Statement::Run() {
  while (true) {
    auto outcome = Step();
    if (!outcome) return std::unexpected(std::move(outcome.error()));
    if (*outcome == StepOutcome::kDone) break;
  }
  sqlite3_reset(statement_);
  return {};
}

std::int64_t Statement::Int(int column) { return sqlite3_column_int64(statement_, column); }

std::string Statement::Text(int column) {
  const auto* text = sqlite3_column_text(statement_, column);
  if (!text) return {};
  return std::string(reinterpret_cast<const char*>(text),
                     static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)));
}

void Statement::Reset() {
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

Result<std::unique_ptr<Database>> Database::Open(const std::string& path, const std::string& vfs) {
  sqlite3* raw = nullptr;
  const int result = sqlite3_open_v2(
      path.c_str(), &raw,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE,
      vfs.empty() ? nullptr : vfs.c_str());
  std::unique_ptr<Database> database(new Database(raw));
  if (result != SQLITE_OK) return Failure(raw, "open");
  // A damaged schema must not be able to run functions or write to SQLite's own tables.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return database;
}

Result<std::unique_ptr<Database>> Database::OpenReadOnly(const std::string& path) {
  sqlite3* raw = nullptr;
  const int result =
      sqlite3_open_v2(path.c_str(), &raw,
                      SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  std::unique_ptr<Database> database(new Database(raw));
  if (result != SQLITE_OK) return Failure(raw, "open");
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return database;
}

Database::~Database() {
  statements_.clear();
  sqlite3_close_v2(db_);
}

Result<void> Database::Execute(const std::string& sql) {
  if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return Failure(db_, "use");
  }
  return {};
}

Result<Statement*> Database::Prepare(const std::string& sql) {
  auto found = statements_.find(sql);
  if (found == statements_.end()) {
    sqlite3_stmt* raw = nullptr;
    if (sqlite3_prepare_v3(db_, sql.c_str(), static_cast<int>(sql.size()),
                           SQLITE_PREPARE_PERSISTENT, &raw, nullptr) != SQLITE_OK) {
      return Failure(db_, "use");
    }
    found = statements_.emplace(sql, std::make_unique<Statement>(db_, raw)).first;
  }
  found->second->Reset();
  return found->second.get();
}

Result<std::int64_t> Database::QueryInt(const std::string& sql) {
  auto statement = Prepare(sql);
  if (!statement) return std::unexpected(std::move(statement.error()));
  auto outcome = (*statement)->Step();
  if (!outcome) return std::unexpected(std::move(outcome.error()));
  const std::int64_t value = *outcome == StepOutcome::kRow ? (*statement)->Int(0) : 0;
  (*statement)->Reset();
  return value;
}

}  // namespace instanced
