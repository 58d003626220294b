// PlanSnapshot: what a directory's snapshot asks of the objects we hold. Pure.
//
// Nothing is deleted for want of knowledge:
// * a directory that is vanished, unreadable or empty of objects deletes nothing: its keys are
//   held until they are approved;
// * a broken file keeps its last good objects; while a file is broken, an object that is missing
//   elsewhere is kept if the broken file speaks of its name, or if its own file is gone (it may
//   have been moved into the broken one);
// * a key in two files changes neither.
// A file that was moved changes nothing but the recorded file.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "controller/journal/object_row.h"
#include "controller/source/file/desired_object.h"
#include "controller/source/file/journal_object_store.h"

namespace instanced {

enum class DirectoryState { kOk, kVanished, kUnreadable, kEmpty };
std::string_view ToString(DirectoryState state);

struct ManifestProblem {
  std::string file;
  std::string message;
  friend bool operator==(const ManifestProblem&, const ManifestProblem&) = default;
};

// What is told to people, metrics and the brakes after each snapshot.
struct DirectoryReport {
  DirectoryState state = DirectoryState::kOk;
  std::string message;
  // Would be deleted if the state were to be believed; a brake holds them.
  std::vector<ObjectKey> held;
  // Missing, but kept because some file cannot be read or parsed.
  std::vector<ObjectKey> kept;
  std::vector<ManifestProblem> problems;
  std::int64_t ignored_files = 0;
  std::int64_t ignored_documents = 0;
  friend bool operator==(const DirectoryReport&, const DirectoryReport&) = default;
};

struct SnapshotPlan {
  ObjectChanges changes;
  DirectoryReport report;
};

// `rows` are the live objects, `approved` the held keys a person has agreed to delete.
SnapshotPlan PlanSnapshot(const DirectorySnapshot& snapshot, const RowTable& rows,
                          const std::set<ObjectKey>& approved);

}  // namespace instanced
