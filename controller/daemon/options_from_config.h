// From Config to the options of each room: the one place where flags meet figures.
#pragma once

#include "controller/admin/admin_server.h"
#include "controller/budget/brake_book.h"
#include "controller/budget/churn_ledger.h"
#include "controller/config/config.h"
#include "controller/journal/object_row.h"
#include "controller/reconcile/options.h"
#include "controller/source/file/directory_watcher.h"
#include "controller/telemetry/log.h"

namespace instanced {

ReconcileOptions ReconcileOptionsFrom(const Config& config, const std::string& owner);
// Copies what may change while the daemon runs: pace, windows and deadlines of passes.
void AdoptPace(const Config& from, Config& to);
BrakeOptions BrakeOptionsFrom(const Config& config);
ChurnOptions ChurnOptionsFrom(const Config& config);
JournalOptions JournalOptionsFrom(const Config& config);
WatchTiming WatchTimingFrom(const Config& config);
// To standard error; `clock` outlives the log.
Log LogFrom(const Config& config, const Clock& clock);

// Reads the PEM files. Nothing without an address; Terminal naming flag and file.
Result<std::optional<AdminTls>> AdminTlsFrom(const Config& config);

}  // namespace instanced
