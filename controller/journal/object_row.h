// ObjectRow: one declared object as the journal keeps it, and the other plain data of this room.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/kinds/object.h"
#include "api/object/object_key.h"
#include "controller/clock/clock.h"

namespace instanced {

// What is written about an object. Annotations of the manifest and of people (through the admin
// API) are kept apart, so that neither erases the other; see MergedAnnotations.
struct ObjectRow {
  ObjectKey key;
  std::string uid;
  // How many earlier objects of this key were deleted completely.
  std::int64_t incarnation = 0;
  std::int64_t generation = 1;
  // The chain number of the write that made this row; 0 before the first.
  std::int64_t resource_version = 0;
  std::string spec;    // canonical JSON
  std::string status;  // JSON; empty for kinds without one
  // The manifest it came from, relative to the directory, and the folder of relative paths in it.
  std::string file;
  std::string base_directory;
  StringPairs labels;
  StringPairs manifest_annotations;
  StringPairs admin_annotations;
  std::vector<std::string> finalizers;
  std::string creation_timestamp;
  std::optional<std::string> deletion_timestamp;

  friend bool operator==(const ObjectRow&, const ObjectRow&) = default;
};

// All live objects, and of every key that was ever deleted how many times.
struct LoadedObjects {
  std::vector<ObjectRow> rows;
  std::map<ObjectKey, std::int64_t> incarnations;
};

// Newest first. Without a key: all objects.
struct HistoryQuery {
  std::optional<ObjectKey> key;
  std::optional<WallTime> since;
  std::size_t limit = 100;
};

// What leaves the history first: entries older than `age` (seen from the newest), and all but the
// newest `entries_max`.
struct HistoryRetention {
  std::chrono::hours age{24 * 90};
  std::int64_t entries_max = 200'000;
};

struct DamagedRow {
  std::string table;
  std::string key;
  friend bool operator==(const DamagedRow&, const DamagedRow&) = default;
};

// What the check at start found. Nothing of it stops the daemon: uids, tokens and marks are
// derived, so a lost record is made again from the manifests and the cloud.
struct DamageReport {
  std::vector<DamagedRow> set_aside;         // kept in table `damaged`, never trusted
  std::vector<std::string> missing_records;  // tables that have lost rows without a trace
  std::int64_t lost_writes = 0;              // the newest writes that are not in the file
  std::string moved_aside;                   // where the damaged file went; empty: it was not moved
  bool Empty() const {
    return set_aside.empty() && missing_records.empty() && lost_writes == 0 && moved_aside.empty();
  }
};

enum class OnDamage {
  kRefuse,     // do not start on a file that is not sound
  kMoveAside,  // keep it under another name, begin anew with every record that can be proven
};

struct JournalOptions {
  std::string path;
  OnDamage on_damage = OnDamage::kRefuse;
  // Used instead of an id made by chance when the journal has none yet.
  std::string owner_id;
  HistoryRetention retention;
  // The SQLite VFS to open the file with; empty: the default. Tests inject faults with it.
  std::string vfs;
};

}  // namespace instanced
