// The journal's tables, their version, and the way from one version to the next.
#pragma once

#include <span>
#include <string_view>

#include "controller/journal/database.h"

namespace instanced {

// Step i leads from version i to i + 1; steps are never edited once released.
std::span<const std::string_view> Migrations();

// Brings an empty or older journal to the newest version, all in one transaction. Refuses another
// program's database, a damaged one (Store/Damaged) and one of a newer version
// (Store/NewerVersion).
Result<void> Migrate(Database& database, std::span<const std::string_view> migrations);

// Asks SQLite whether the file's structure is sound; Store/Damaged when it is not.
Result<void> CheckIntegrity(Database& database);

}  // namespace instanced
