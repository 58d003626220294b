#include "controller/source/file/journal_object_store.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/source/file/object_life.h"

namespace instanced {
namespace {

// A write can lose against a status write of the same turn; each round reads anew.
constexpr int kRoundsMax = 8;

std::unexpected<Error> Conflict(const ObjectKey& key) {
  return Fail(ErrorClass::kWriteConflict, "Conflict",
              fmt::format("cannot write {}: it was changed meanwhile", ToString(key)));
}

}  // namespace

JournalObjectStore::JournalObjectStore(Journal& journal, const Clock& clock, std::string owner)
    : journal_(journal), clock_(clock), owner_(std::move(owner)) {}

std::string JournalObjectStore::Now() const { return FormatRfc3339(clock_.WallNow()); }

void JournalObjectStore::Emit(WatchEvent event) {
  if (sink_) sink_(std::move(event));
}

Task<Result<void>> JournalObjectStore::Load() {
  auto task = journal_.LoadObjects();
  auto loaded = co_await task;
  if (!loaded) co_return std::unexpected(std::move(loaded.error()));
  incarnations_ = std::move(loaded->incarnations);
  for (auto& row : loaded->rows) {
    const auto version = row.resource_version;
    Remember(std::move(row), version);
  }
  co_return Result<void>();
}

void JournalObjectStore::Remember(ObjectRow row, std::int64_t resource_version) {
  row.resource_version = resource_version;
  std::erase(unreadable_, row.key);
  auto object = ObjectOf(row);
  const ObjectKey key = row.key;
  if (object) {
    // The object holds the status; a broken intent keeps its text, so that it stays visible.
    const auto* instance = std::get_if<InstancePtr>(&*object);
    if (instance && !(*instance)->intent_unreadable) row.status.clear();
    objects_[key] = *object;
  } else {
    unreadable_.push_back(key);
  }
  rows_[key] = std::move(row);
  if (object) Emit(Applied{std::move(*object)});
}

ObjectRow JournalObjectStore::WholeRow(const ObjectRow& row) const {
  ObjectRow whole = row;
  const auto object = objects_.find(row.key);
  if (!whole.status.empty() || object == objects_.end()) return whole;
  if (const auto* instance = std::get_if<InstancePtr>(&object->second)) {
    whole.status = ToJson((*instance)->status).dump();
  }
  return whole;
}

void JournalObjectStore::Attach(WatchSink sink) {
  sink_ = std::move(sink);
  Emit(InitStarted{});
  for (const auto& [key, object] : objects_) Emit(InitApplied{object});
  Emit(InitDone{});
}

std::vector<ObjectPut> JournalObjectStore::PlanPuts(const ObjectChanges& changes) const {
  std::vector<ObjectPut> puts;
  for (const auto& desired : changes.desired) {
    const auto found = rows_.find(desired.key);
    if (found == rows_.end()) {
      const auto counted = incarnations_.find(desired.key);
      const auto incarnation = counted == incarnations_.end() ? 0 : counted->second;
      puts.push_back({NewObject(owner_, desired, incarnation, Now()), 0});
    } else if (auto next = WithDesired(found->second, desired)) {
      puts.push_back({WholeRow(*next), found->second.resource_version});
    }
  }
  for (const auto& key : changes.vanished) {
    const auto found = rows_.find(key);
    if (found == rows_.end() || found->second.finalizers.empty()) continue;
    if (auto next = WithDeletion(found->second, Now())) {
      puts.push_back({WholeRow(*next), found->second.resource_version});
    }
  }
  return puts;
}

std::vector<ObjectRow> JournalObjectStore::PlanEnds(const std::vector<ObjectKey>& vanished) const {
  std::vector<ObjectRow> ends;
  for (const auto& key : vanished) {
    const auto found = rows_.find(key);
    if (found != rows_.end() && found->second.finalizers.empty()) ends.push_back(found->second);
  }
  return ends;
}

Task<Result<void>> JournalObjectStore::Apply(ObjectChanges changes) {
  for (const auto& key : changes.vanished) awaiting_.erase(key);
  for (const auto& desired : changes.desired) {
    const auto found = rows_.find(desired.key);
    if (found != rows_.end() && found->second.deletion_timestamp) awaiting_[desired.key] = desired;
  }
  for (int round = 0; round < kRoundsMax; ++round) {
    auto puts = PlanPuts(changes);
    auto ends = PlanEnds(changes.vanished);
    if (puts.empty() && ends.empty()) co_return Result<void>();
    auto task = journal_.PutObjects(puts);
    const auto answers = co_await task;
    for (std::size_t i = 0; i < puts.size(); ++i) {
      if (answers[i]) {
        Remember(std::move(puts[i].row), *answers[i]);
      } else if (answers[i].error().error_class == ErrorClass::kStore) {
        co_return std::unexpected(answers[i].error());
      }
    }
    for (auto& row : ends) {
      auto end = End(std::move(row));
      auto ended = co_await end;
      if (!ended && ended.error().error_class == ErrorClass::kStore) {
        co_return std::unexpected(std::move(ended.error()));
      }
    }
  }
  co_return Fail(ErrorClass::kWriteConflict, "Conflict",
                 "cannot apply the manifests: the objects keep changing");
}

Result<ObjectRow> JournalObjectStore::Find(const WriteTarget& target) const {
  const auto found = rows_.find(target.key);
  if (found == rows_.end() || found->second.uid != target.uid ||
      std::to_string(found->second.resource_version) != target.resource_version) {
    return Conflict(target.key);
  }
  return WholeRow(found->second);
}

Task<Result<std::string>> JournalObjectStore::Put(ObjectRow row) {
  ObjectPut put{row, row.resource_version};
  auto task = journal_.PutObject(std::move(put));
  auto version = co_await task;
  if (!version) co_return std::unexpected(std::move(version.error()));
  Remember(std::move(row), *version);
  co_return std::to_string(*version);
}

Task<Result<void>> JournalObjectStore::End(ObjectRow row) {
  auto task = journal_.DeleteObject(row.key, row.resource_version);
  auto deleted = co_await task;
  if (!deleted) co_return std::unexpected(std::move(deleted.error()));
  incarnations_[row.key] = row.incarnation + 1;
  rows_.erase(row.key);
  objects_.erase(row.key);
  Emit(Deleted{row.key, row.uid});
  const auto awaiting = awaiting_.find(row.key);
  if (awaiting == awaiting_.end()) co_return Result<void>();
  ObjectRow next = NewObject(owner_, awaiting->second, row.incarnation + 1, Now());
  awaiting_.erase(awaiting);
  // A failure here is made good by the next snapshot: the object is missing, its manifest is not.
  auto put = Put(std::move(next));
  [[maybe_unused]] const auto made = co_await put;
  co_return Result<void>();
}

Task<Result<std::string>> JournalObjectStore::WriteStatus(WriteTarget target,
                                                          InstanceStatus status) {
  auto row = Find(target);
  if (!row) co_return std::unexpected(std::move(row.error()));
  row->status = ToJson(status).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  auto put = Put(std::move(*row));
  co_return co_await put;
}

Task<Result<std::string>> JournalObjectStore::WriteFinalizers(WriteTarget target,
                                                              std::vector<std::string> finalizers) {
  auto row = Find(target);
  if (!row) co_return std::unexpected(std::move(row.error()));
  row->finalizers = std::move(finalizers);
  if (HasEnded(*row)) {
    auto end = End(std::move(*row));
    auto ended = co_await end;
    if (!ended) co_return std::unexpected(std::move(ended.error()));
    co_return target.resource_version;
  }
  auto put = Put(std::move(*row));
  co_return co_await put;
}

Task<Result<std::string>> JournalObjectStore::WriteAnnotations(WriteTarget target,
                                                               StringPairs annotations) {
  auto row = Find(target);
  if (!row) co_return std::unexpected(std::move(row.error()));
  auto put = Put(WithAdminAnnotations(*row, annotations));
  co_return co_await put;
}

}  // namespace instanced
