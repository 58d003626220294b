// JournalObjectStore: the API server of a standalone daemon, over the journal.
//
// Promises: every write is durable before it answers and before anybody sees it; resource versions
// grow with every write; a write with a stale version or uid is refused (WriteConflict). Deleting
// marks an object while it has finalizers; with the last one it goes, its incarnation is counted,
// and if its manifest is (again) there, a new object of that key begins.
// Threads: the loop's. Ownership: journal and clock must outlive it.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/clock/clock.h"
#include "controller/journal/journal.h"
#include "controller/source/file/desired_object.h"
#include "controller/source/file/row_table.h"
#include "controller/source/source.h"

namespace instanced {

// What a snapshot of the manifests asks for. Objects in neither list stay as they are.
struct ObjectChanges {
  std::vector<PackedDesired> desired;
  std::vector<ObjectKey> vanished;
};

class JournalObjectStore final : public ObjectWriter {
 public:
  // `owner` is the installation's id that uids are made of.
  JournalObjectStore(Journal& journal, const Clock& clock, std::string owner);

  // Reads all objects from the journal. Before anything else.
  Task<Result<void>> Load();
  // Sends all objects as one Init sequence, then every change.
  void Attach(WatchSink sink);
  // On an error nothing or a part is done; the same call again does the rest.
  Task<Result<void>> Apply(ObjectChanges changes);

  // Objects of the journal whose spec or status do not fit their kind; left alone.
  const std::vector<ObjectKey>& unreadable() const { return unreadable_; }
  // Every live object's record.
  const RowTable& rows() const { return rows_; }
  // Of every key whose objects have ended how often.
  const std::map<ObjectKey, std::int64_t>& incarnations() const { return incarnations_; }

  Task<Result<std::string>> WriteStatus(WriteTarget target, InstanceStatus status) override;
  Task<Result<std::string>> WriteFinalizers(WriteTarget target,
                                            std::vector<std::string> finalizers) override;
  Task<Result<std::string>> WriteAnnotations(WriteTarget target, StringPairs annotations) override;

 private:
  using DesiredObjects = std::span<const PackedDesired>;

  // The row a write is meant for, as it must be written.
  Result<ObjectRow> Find(const WriteTarget& target) const;
  // Writes a changed row and tells the sink.
  Task<Result<std::string>> Put(ObjectRow row);
  Task<Result<void>> End(ObjectRow row);
  void Leave(const ObjectRow& row);
  // The next life of an object that has ended in the journal.
  Task<void> Begin(ObjectRow ended, PackedDesired desired);
  std::vector<ObjectPut> PlanPuts(DesiredObjects desired) const;
  std::vector<ObjectPut> PlanDeletions(const std::vector<ObjectKey>& vanished) const;
  // Writes what differs, a bounded number at a time. Gives back those that have to be tried again
  // because a row had changed.
  Task<Result<std::vector<PackedDesired>>> PutDesired(std::vector<PackedDesired> desired);
  // Says how many were refused because their row had changed.
  Task<Result<std::size_t>> PutAll(std::vector<ObjectPut> puts);
  std::vector<ObjectRow> PlanEnds(const std::vector<ObjectKey>& vanished) const;
  // Takes a committed row into memory.
  void Remember(ObjectRow row, std::int64_t resource_version);
  void Remember(ObjectRow row, ObjectPtr object);
  void Emit(WatchEvent event);
  std::string Now() const;

  Journal& journal_;
  const Clock& clock_;
  std::string owner_;
  WatchSink sink_;
  RowTable rows_;
  std::map<ObjectKey, std::int64_t> incarnations_;
  // The manifests of objects that are being deleted, for the incarnation to come.
  std::map<ObjectKey, PackedDesired> awaiting_;
  std::vector<ObjectKey> unreadable_;
};

}  // namespace instanced
