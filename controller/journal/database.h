// Database: SQLite's C interface as values. The only header that knows SQLite, by name alone.
//
// Promises: every failure is an Error of class Store whose code says what kind it is: DiskFull,
// ReadOnly, IoError, Damaged, InUse or StoreError. Nothing throws.
// Threads: one at a time. Statements live as long as their Database.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "api/error/error.h"

struct sqlite3;
struct sqlite3_stmt;

namespace instanced {

enum class StepOutcome { kRow, kDone };

// A prepared statement, reset and without bindings when it is handed out.
class Statement final {
 public:
  Statement(sqlite3* db, sqlite3_stmt* statement) : db_(db), statement_(statement) {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  // Parameters count from 1, columns from 0.
  Statement& Bind(int parameter, std::int64_t value);
  Statement& Bind(int parameter, std::string_view text);
  Result<StepOutcome> Step();
  // Steps through and drops all rows.
  Result<void> Run();
  std::int64_t Int(int column);
  std::string Text(int column);
  void Reset();

 private:
  sqlite3* db_;
  sqlite3_stmt* statement_;
};

class Database final {
 public:
  static Result<std::unique_ptr<Database>> Open(const std::string& path, const std::string& vfs);
  // Never writes to the file; it may belong to a running daemon.
  static Result<std::unique_ptr<Database>> OpenReadOnly(const std::string& path);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  // Runs one or more statements that need no parameters.
  Result<void> Execute(const std::string& sql);
  // One cached statement per text; the reference stays good.
  Result<Statement*> Prepare(const std::string& sql);
  // The first column of the first row; 0 without rows.
  Result<std::int64_t> QueryInt(const std::string& sql);

 private:
  explicit Database(sqlite3* db) : db_(db) {}
  sqlite3* db_;
  std::map<std::string, std::unique_ptr<Statement>> statements_;
};

}  // namespace instanced
