#include "controller/source/file/snapshot_plan.h"

#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace instanced {
namespace {

// They belong to the files.
struct Declaration {
  const PackedDesired* first = nullptr;
  const PackedDesired* second = nullptr;  // the next of the same key
};
using Declarations = std::unordered_map<InstanceView::Key, Declaration, PackedInstanceHash>;

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
    for (const auto& object : file.parsed->objects) {
      auto& declaration = declared[object.Key()];
      if (!declaration.first) {
        declaration.first = &object;
      } else if (!declaration.second) {
        declaration.second = &object;
      }
    }
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

bool Mentions(const FileReading& file, std::string_view name) {
  return !file.text || file.text->find(name) != std::string::npos;
}

// Whether a missing object may only be missing because a file could not be understood.
bool MayBeHidden(const RowTable::Head& row, const DirectorySnapshot& snapshot) {
  bool any_broken = false;
  bool own_file_good = false;
  for (const auto& file : snapshot.files) {
    if (file.IsGood()) {
      own_file_good = own_file_good || file.path == row.file;
      continue;
    }
    any_broken = true;
    if (file.path == row.file || Mentions(file, row.key.name)) return true;
  }
  return any_broken && !own_file_good;
}

// The broken file an object last came from, if it still speaks of it.
const FileReading* BrokenHome(const RowTable::Head& row, const DirectorySnapshot& snapshot) {
  for (const auto& file : snapshot.files) {
    if (file.path == row.file && !file.IsGood() && Mentions(file, row.key.name)) return &file;
  }
  return nullptr;
}

void ReportDuplicate(const InstanceView::Key& key, std::string_view first, std::string_view second,
                     DirectoryReport& report) {
  report.problems.push_back(
      {std::string(second),
       fmt::format("{} is declared in {} and in {}: neither is used until one of them goes",
                   ToString(key.Copy()), first, second)});
}

void PlanDeclared(const Declarations& declared, const RowTable& rows,
                  const DirectorySnapshot& snapshot, SnapshotPlan& plan) {
  const bool all_good = std::ranges::all_of(snapshot.files, &FileReading::IsGood);
  for (const auto& [key, declaration] : declared) {
    const PackedDesired& first = *declaration.first;
    if (declaration.second) {
      ReportDuplicate(key, first.file(), declaration.second->file(), plan.report);
      continue;
    }
    const auto row = all_good ? std::nullopt : rows.HeadOf(key.Copy());
    const auto* home = row ? BrokenHome(*row, snapshot) : nullptr;
    if (home) {
      ReportDuplicate(key, home->path, first.file(), plan.report);
      continue;
    }
    plan.changes.desired.push_back(first);
  }
}

// What was gathered from hash tables, in an order that does not depend on them.
void Sort(SnapshotPlan& plan) {
  std::ranges::sort(plan.changes.vanished);
  std::ranges::sort(plan.report.held);
  std::ranges::sort(plan.report.kept);
  std::ranges::stable_sort(plan.report.problems, {}, &ManifestProblem::message);
  std::ranges::stable_sort(plan.report.problems, {}, &ManifestProblem::file);
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

SnapshotPlan PlanSnapshot(const DirectorySnapshot& snapshot, const RowTable& rows,
                          const std::set<ObjectKey>& approved) {
  SnapshotPlan plan;
  const auto declared = Declared(snapshot);
  plan.report.state = StateOf(snapshot, declared);
  plan.report.message = snapshot.message;
  ReportFiles(snapshot, plan.report);
  if (plan.report.state == DirectoryState::kOk) PlanDeclared(declared, rows, snapshot, plan);
  rows.ForEach([&](const RowTable::Head& row) {
    if (declared.contains(row.key)) return;
    auto key = row.key.Copy();
    if (row.deleting) {
      // Its manifest does not come back: no later incarnation is wanted.
      if (plan.report.state == DirectoryState::kOk && !MayBeHidden(row, snapshot)) {
        plan.changes.vanished.push_back(std::move(key));
      }
    } else if (plan.report.state != DirectoryState::kOk) {
      (approved.contains(key) ? plan.changes.vanished : plan.report.held).push_back(key);
    } else {
      (MayBeHidden(row, snapshot) ? plan.report.kept : plan.changes.vanished).push_back(key);
    }
  });
  Sort(plan);
  return plan;
}

}  // namespace instanced
