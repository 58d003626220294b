// FileSource: a directory of manifests as a Source, with the journal as its API server.
//
// Each snapshot is planned (snapshot_plan.h) and applied to the store; the store tells the sink.
// The Init sequence is sent after the first snapshot has been applied, or when there is nothing
// to apply because the directory cannot be read: then with what the journal last knew.
// A store that cannot write is tried again every second; the directory's newest state wins.
// Threads: the loop's. Ownership: borrows store, feed and owner's callback for its life.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "controller/source/file/journal_object_store.h"
#include "controller/source/file/snapshot_feed.h"
#include "controller/source/file/snapshot_plan.h"
#include "controller/source/source.h"
#include "controller/task/completion.h"

namespace instanced {

class FileSource final : public Source {
 public:
  // `tell` hears of every report that differs from the last: brakes, problems for the log.
  // `read` hears of every snapshot, once, before it is applied.
  FileSource(JournalObjectStore& store, SnapshotFeed& feed,
             std::function<void(const DirectoryReport&)> tell,
             std::function<void(DirectoryState)> read = {});

  Task<void> Run(WatchSink sink, StopToken stop) override;

  // A person agrees to the deletion of these held objects. Others, and objects that are declared
  // again before it is carried out, are not touched. Forgotten once the directory is Ok again.
  void ApproveMissing(std::vector<ObjectKey> keys);
  const DirectoryReport& report() const { return report_; }
  // Whether the last snapshot has reached the store.
  bool InSync() const { return in_sync_; }

 private:
  Task<bool> Load(StopToken stop);
  Task<void> ApplyNewest();
  void Wake();

  JournalObjectStore& store_;
  SnapshotFeed& feed_;
  std::function<void(const DirectoryReport&)> tell_;
  std::function<void(DirectoryState)> read_;
  std::optional<DirectorySnapshot> newest_;
  bool unheard_ = false;
  std::set<ObjectKey> approved_;
  DirectoryReport report_;
  bool told_ = false;
  bool in_sync_ = false;
  bool work_waiting_ = false;
  Completion<int> wake_;
};

}  // namespace instanced
