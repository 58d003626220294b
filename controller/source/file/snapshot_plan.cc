#include "controller/source/file/snapshot_plan.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace instanced {
namespace {

using Declarations = std::map<ObjectKey, std::vector<const DesiredObject*>>;

DirectoryState StateOf(const DirectorySnapshot& snapshot, const Declarations& declared) {
  if (snapshot.condition == DirectoryCondition::kVanished) return DirectoryState::kVanished;
  if (snapshot.condition == DirectoryCondition::kUnreadable) return DirectoryState::kUnreadable;
  const bool all_good = std::ranges::all_of(snapshot.files, &FileReading::IsGood);
  return declared.empty() && all_good ? DirectoryState::kEmpty : DirectoryState::kOk;
}

Declarations Declared(const DirectorySnapshot& snapshot) {
  Declarations declared;
  for (const auto& file : snapshot.files) {
    if (!file.IsGood()) continue;
    for (const auto& object : file.parsed->objects) declared[object.key].push_back(&object);
  }
  return declared;
}

void ReportFiles(const DirectorySnapshot& snapshot, DirectoryReport& report) {
  report.ignored_files = snapshot.ignored_files;
  for (const auto& file : snapshot.files) {
    if (!file.parsed) {
      report.problems.push_back({file.path, file.failure});
      continue;
    }
    report.ignored_documents += file.parsed->ignored_documents;
    for (const auto& problem : file.parsed->problems) {
      report.problems.push_back({file.path, problem});
    }
  }
}

bool Mentions(const FileReading& file, const ObjectKey& key) {
  return !file.text || file.text->find(key.name) != std::string::npos;
}

// Whether a missing object may only be missing because a file could not be understood.
bool MayBeHidden(const ObjectRow& row, const DirectorySnapshot& snapshot) {
  bool any_broken = false;
  bool own_file_good = false;
  for (const auto& file : snapshot.files) {
    if (file.IsGood()) {
      own_file_good = own_file_good || file.path == row.file;
      continue;
    }
    any_broken = true;
    if (file.path == row.file || Mentions(file, row.key)) return true;
  }
  return any_broken && !own_file_good;
}

// The broken file an object last came from, if it still speaks of it.
const FileReading* BrokenHome(const ObjectRow& row, const DirectorySnapshot& snapshot) {
  for (const auto& file : snapshot.files) {
    if (file.path == row.file && !file.IsGood() && Mentions(file, row.key)) return &file;
  }
  return nullptr;
}

void ReportDuplicate(const ObjectKey& key, const std::string& first, const std::string& second,
                     DirectoryReport& report) {
  report.problems.push_back(
      {second, fmt::format("{} is declared in {} and in {}: neither is used until one of them goes",
                           ToString(key), first, second)});
}

void PlanDeclared(const Declarations& declared, const std::map<ObjectKey, ObjectRow>& rows,
                  const DirectorySnapshot& snapshot, SnapshotPlan& plan) {
  for (const auto& [key, objects] : declared) {
    if (objects.size() > 1) {
      ReportDuplicate(key, objects[0]->file, objects[1]->file, plan.report);
      continue;
    }
    const auto row = rows.find(key);
    const auto* home = row == rows.end() ? nullptr : BrokenHome(row->second, snapshot);
    if (home) {
      ReportDuplicate(key, home->path, objects[0]->file, plan.report);
      continue;
    }
    plan.changes.desired.push_back(*objects[0]);
  }
}

}  // namespace

std::string_view ToString(DirectoryState state) {
  switch (state) {
    case DirectoryState::kOk:
      return "Ok";
    case DirectoryState::kVanished:
      return "Vanished";
    case DirectoryState::kUnreadable:
      return "Unreadable";
    case DirectoryState::kEmpty:
      return "Empty";
  }
  std::unreachable();
}

SnapshotPlan PlanSnapshot(const DirectorySnapshot& snapshot,
                          const std::map<ObjectKey, ObjectRow>& rows,
                          const std::set<ObjectKey>& approved) {
  SnapshotPlan plan;
  const auto declared = Declared(snapshot);
  plan.report.state = StateOf(snapshot, declared);
  plan.report.message = snapshot.message;
  ReportFiles(snapshot, plan.report);
  if (plan.report.state == DirectoryState::kOk) PlanDeclared(declared, rows, snapshot, plan);
  for (const auto& [key, row] : rows) {
    if (declared.contains(key)) continue;
    if (row.deletion_timestamp) {
      // Its manifest does not come back: no later incarnation is wanted.
      if (plan.report.state == DirectoryState::kOk && !MayBeHidden(row, snapshot)) {
        plan.changes.vanished.push_back(key);
      }
    } else if (plan.report.state != DirectoryState::kOk) {
      (approved.contains(key) ? plan.changes.vanished : plan.report.held).push_back(key);
    } else {
      (MayBeHidden(row, snapshot) ? plan.report.kept : plan.changes.vanished).push_back(key);
    }
  }
  return plan;
}

}  // namespace instanced
