#include "controller/source/file/journal_object_store.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/source/file/object_life.h"

namespace instanced {
namespace {

// A write can lose against a status write of the same turn; each round reads anew.
constexpr int kRoundsMax = 8;
// A part of the manifests is planned, written and taken over while the passes go on between.
constexpr std::size_t kPlannedAtOnce = 1024;

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
  if (object) return Remember(std::move(row), std::move(*object));
  unreadable_.push_back(row.key);
  rows_.PutAsIs(std::move(row));
}

void JournalObjectStore::Remember(ObjectRow row, ObjectPtr object) {
  auto packed = rows_.Put(std::move(row), object);
  Emit(Applied{std::move(object), std::move(packed)});
}

void JournalObjectStore::Attach(WatchSink sink) {
  sink_ = std::move(sink);
  Emit(InitStarted{});
  std::vector<ObjectKey> keys;
  rows_.ForEach([&keys](const RowTable::Head& row) { keys.push_back(row.key.Copy()); });
  std::ranges::sort(keys);
  for (const auto& key : keys) {
    if (auto object = rows_.FindObject(key)) {
      Emit(InitApplied{std::move(*object), rows_.FindPacked(key)});
    }
  }
  Emit(InitDone{});
}

std::vector<ObjectPut> JournalObjectStore::PlanPuts(DesiredObjects desired) const {
  std::vector<ObjectPut> puts;
  for (const auto& packed : desired) {
    const auto standing = rows_.Compare(packed);
    if (standing == RowTable::Standing::kSame) continue;
    const auto object = packed.Unpack();
    if (standing == RowTable::Standing::kMissing) {
      const auto counted = incarnations_.find(object.key);
      const auto incarnation = counted == incarnations_.end() ? 0 : counted->second;
      puts.push_back({NewObject(owner_, object, incarnation, Now()), 0});
      continue;
    }
    const auto row = rows_.FindWhole(object.key);
    if (auto next = WithDesired(*row, object)) {
      puts.push_back({std::move(*next), row->resource_version});
    }
  }
  // In an order that does not depend on hash tables.
  std::ranges::sort(puts, {}, [](const ObjectPut& put) {
    return std::pair(put.row.key.kind != Kind::kProviderConfig, put.row.key);
  });
  return puts;
}

std::vector<ObjectPut> JournalObjectStore::PlanDeletions(
    const std::vector<ObjectKey>& vanished) const {
  std::vector<ObjectPut> puts;
  for (const auto& key : vanished) {
    const auto row = rows_.FindWhole(key);
    if (!row || row->finalizers.empty()) continue;
    if (auto next = WithDeletion(*row, Now())) {
      puts.push_back({std::move(*next), row->resource_version});
    }
  }
  return puts;
}

std::vector<ObjectRow> JournalObjectStore::PlanEnds(const std::vector<ObjectKey>& vanished) const {
  std::vector<ObjectRow> ends;
  for (const auto& key : vanished) {
    auto row = rows_.Find(key);
    if (row && row->finalizers.empty()) ends.push_back(std::move(*row));
  }
  return ends;
}

Task<Result<std::size_t>> JournalObjectStore::PutAll(std::vector<ObjectPut> puts) {
  std::size_t refused = 0;
  if (puts.empty()) co_return refused;
  auto task = journal_.PutObjects(puts);
  const auto answers = co_await task;
  for (std::size_t i = 0; i < puts.size(); ++i) {
    if (answers[i]) {
      Remember(std::move(puts[i].row), *answers[i]);
    } else if (answers[i].error().error_class == ErrorClass::kStore) {
      co_return std::unexpected(answers[i].error());
    } else {
      ++refused;
    }
  }
  co_return refused;
}

Task<Result<std::vector<PackedDesired>>> JournalObjectStore::PutDesired(
    std::vector<PackedDesired> desired) {
  std::vector<PackedDesired> again;
  // Before what uses them: an object must not be seen without the account it names.
  std::ranges::stable_partition(desired, [](const PackedDesired& object) {
    return object.Key().kind == Kind::kProviderConfig;
  });
  for (std::size_t from = 0; from < desired.size(); from += kPlannedAtOnce) {
    const auto count = std::min(kPlannedAtOnce, desired.size() - from);
    const auto part = DesiredObjects(desired).subspan(from, count);
    auto putting = PutAll(PlanPuts(part));
    auto refused = co_await putting;
    if (!refused) co_return std::unexpected(std::move(refused.error()));
    if (*refused > 0) again.insert(again.end(), part.begin(), part.end());
  }
  co_return again;
}

Task<Result<void>> JournalObjectStore::Apply(ObjectChanges changes) {
  for (const auto& key : changes.vanished) awaiting_.erase(key);
  for (const auto& desired : changes.desired) {
    const auto key = desired.Key().Copy();
    const auto row = rows_.HeadOf(key);
    if (row && row->deleting) awaiting_.insert_or_assign(key, desired);
  }
  for (int round = 0; round < kRoundsMax; ++round) {
    auto putting = PutDesired(std::move(changes.desired));
    auto again = co_await putting;
    if (!again) co_return std::unexpected(std::move(again.error()));
    changes.desired = std::move(*again);
    auto deletions = PlanDeletions(changes.vanished);
    auto ends = PlanEnds(changes.vanished);
    if (changes.desired.empty() && deletions.empty() && ends.empty()) co_return Result<void>();
    auto deleting = PutAll(std::move(deletions));
    auto deleted = co_await deleting;
    if (!deleted) co_return std::unexpected(std::move(deleted.error()));
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
  if (!rows_.Is(target)) return Conflict(target.key);
  return *rows_.FindWhole(target.key);
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
  const auto awaiting = awaiting_.find(row.key);
  if (awaiting == awaiting_.end()) {
    Leave(row);
    co_return Result<void>();
  }
  auto begin = Begin(std::move(row), awaiting->second);
  co_await begin;
  co_return Result<void>();
}

void JournalObjectStore::Leave(const ObjectRow& row) {
  rows_.Erase(row.key);
  Emit(Deleted{row.key, row.uid});
}

// The ended life stays in the table until the next one is durable: its manifest may leave
// meanwhile, and whoever plans that plans for what is in the table.
Task<void> JournalObjectStore::Begin(ObjectRow ended, PackedDesired desired) {
  ObjectRow next = NewObject(owner_, desired.Unpack(), ended.incarnation + 1, Now());
  ObjectPut put{next, 0};
  auto putting = journal_.PutObject(std::move(put));
  const auto version = co_await putting;
  Leave(ended);
  const bool wanted = awaiting_.erase(ended.key) > 0;
  // A failure is made good by the next snapshot: the object is missing, its manifest is not.
  if (!version) co_return;
  if (wanted) {
    Remember(std::move(next), *version);
    co_return;
  }
  incarnations_[next.key] = next.incarnation + 1;
  auto deleting = journal_.DeleteObject(next.key, *version);
  const auto deleted = co_await deleting;
  if (!deleted && !rows_.Has(next.key)) Remember(std::move(next), *version);
}

Task<Result<std::string>> JournalObjectStore::WriteStatus(WriteTarget target,
                                                          InstanceStatus status) {
  if (!rows_.Is(target)) co_return Conflict(target.key);
  ObjectRow row = *rows_.Find(target.key);
  row.status = ToJson(status).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto before = rows_.FindObject(target.key);
  const auto* instance = before ? std::get_if<InstancePtr>(&*before) : nullptr;
  if (!instance) {
    auto put = Put(std::move(row));
    co_return co_await put;
  }
  // Nothing but the status changes: the spec need not be read again.
  auto object = std::make_shared<InstanceObject>(**instance);
  ObjectPut put{row, row.resource_version};
  auto task = journal_.PutObject(std::move(put));
  auto version = co_await task;
  if (!version) co_return std::unexpected(std::move(version.error()));
  row.resource_version = *version;
  object->status = std::move(status);
  object->intent_unreadable = false;
  object->meta.resource_version = std::to_string(*version);
  Remember(std::move(row), InstancePtr(std::move(object)));
  co_return std::to_string(*version);
}

Task<Result<std::string>> JournalObjectStore::WriteFinalizers(WriteTarget target,
                                                              std::vector<std::string> finalizers) {
  auto found = Find(target);
  if (!found) co_return std::unexpected(std::move(found.error()));
  ObjectRow row = std::move(*found);
  row.finalizers = std::move(finalizers);
  if (HasEnded(row)) {
    auto end = End(std::move(row));
    auto ended = co_await end;
    if (!ended) co_return std::unexpected(std::move(ended.error()));
    co_return target.resource_version;
  }
  auto put = Put(std::move(row));
  co_return co_await put;
}

Task<Result<std::string>> JournalObjectStore::WriteAnnotations(WriteTarget target,
                                                               StringPairs annotations) {
  auto found = Find(target);
  if (!found) co_return std::unexpected(std::move(found.error()));
  auto put = Put(WithAdminAnnotations(*found, annotations));
  co_return co_await put;
}

}  // namespace instanced
