// SimFolder: a standalone daemon's home as it is on a disk: a real folder of manifests and a real
// SQLite journal, which outlive each FolderProcess that works on them.
//
// People write and remove manifest files. What is durable is read from the journal's file through
// a connection of its own, never from what the daemon believes. Processes end as by SIGKILL: the
// open transaction is lost, what was committed stays, nothing is tidied up; the next one opens the
// same files. A journal that lost or made up something over a kill is a broken promise.
// No thread: the journal's work is done between two resumes, after the store's latency.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "controller/journal/history_table.h"
#include "controller/journal/journal.h"
#include "controller/journal/record_table.h"
#include "controller/source/file/directory_reader.h"
#include "controller/source/file/file_source.h"
#include "controller/source/file/journal_object_store.h"
#include "controller/task/task_group.h"
#include "tests/fakes/faulty_vfs/faulty_vfs.h"
#include "tests/fakes/temp_directory/temp_directory.h"
#include "tests/simulation/sim_home.h"

namespace instanced {

class FolderProcess;
class SimWorld;

// How one transaction of the journal ends. kRefused: the disk is full. kSyncFails: all is written,
// and the writer is told that it failed.
enum class JournalFate {
  kNormal,
  kKilledBefore,
  kKilledInside,
  kKilledAfter,
  kRefused,
  kSyncFails
};
struct JournalVerdict {
  JournalFate fate = JournalFate::kNormal;
  Duration down{};  // of a killed process
};

class SimFolder final : public SimHome {
 public:
  explicit SimFolder(SimWorld& world);

  void Declare(const ObjectKey& key, InstanceSpec spec) override;
  void Declare(const ObjectKey& key, ProviderConfigSpec spec) override;
  void Delete(const ObjectKey& key) override;
  void ChangeLeaving(const ObjectKey& key, InstanceSpec spec) override;
  void Annotate(const ObjectKey& key, const StringPairs& annotations) override;
  InstancePtr Instance(const ObjectKey& key) const override;
  std::vector<InstancePtr> Instances() const override;
  std::vector<HistoryEntry> History() const override;

  // Asked for each transaction that begins.
  std::function<JournalVerdict()> fate;
  // The next transaction finds a full disk.
  void FillDiskOnce() { full_once_ = true; }

 private:
  friend class FolderProcess;
  struct Manifest {
    std::string spec;
    std::map<std::string, std::string> annotations;
    bool there = false;
  };
  // The journal as somebody else reads it.
  struct Onlooker {
    explicit Onlooker(std::unique_ptr<Database> opened);
    std::unique_ptr<Database> database;
    Head head;
    RecordTable objects;
    HistoryTable history;
  };
  struct Durable {
    std::int64_t chain = 0;
    InstancePtr object;
  };
  enum class Since { kCommit, kKill };

  std::string FileOf(const ObjectKey& key) const;
  void Save(const ObjectKey& key);
  // A manifest that no process has read yet stays: its author looks before taking it away again.
  void DeleteOnceRead(const ObjectKey& key);
  Onlooker& Look() const;
  // Reads again what is durable, and says what has changed.
  void Refresh(Since since);
  JournalVerdict Ask();

  SimWorld& world_;
  TempDirectory directory_;
  FaultyVfs disk_;
  std::map<ObjectKey, Manifest> manifests_;
  mutable std::unique_ptr<Onlooker> onlooker_;
  std::map<ObjectKey, Durable> durable_;
  FolderProcess* process_ = nullptr;
  bool full_once_ = false;
  // A transaction may be there or not: it was cut off, or its sync failed.
  bool in_doubt_ = false;
};

// One life of the daemon over the folder: the real journal, its object store and the file source.
class FolderProcess final : SnapshotFeed, JournalObserver, ObjectWriter {
 public:
  FolderProcess(SimFolder& folder, int replica, Executor& executor, const Clock& clock);
  ~FolderProcess() override;

  ObjectWriter& writer() { return *this; }
  Source& source() { return source_; }
  Ledger& ledger() { return *journal_; }
  // Has the journal's work done soon, when there is some.
  void Attend();

 private:
  friend class SimFolder;
  void Start(std::function<void(DirectorySnapshot)> deliver) override;
  void Stop() override { deliver_ = nullptr; }
  void WriteBegins() override;
  void WriteEnded(StoreHealth result) override;
  Task<Result<std::string>> WriteStatus(WriteTarget target, InstanceStatus status) override;
  Task<Result<std::string>> WriteFinalizers(WriteTarget target,
                                            std::vector<std::string> finalizers) override;
  Task<Result<std::string>> WriteAnnotations(WriteTarget target, StringPairs annotations) override;

  void FolderChanged();
  void Read();
  void Post(std::function<void()> answer);
  Task<void> Answer();
  std::unique_ptr<Journal> Open();

  SimFolder& folder_;
  const int replica_;
  TaskGroup tasks_;
  // What is planned for a process that is gone does not happen.
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  bool killed_ = false;
  bool attending_ = false;
  JournalVerdict verdict_;
  std::deque<std::function<void()>> answers_;
  bool answering_ = false;
  std::unique_ptr<Journal> journal_;
  JournalObjectStore store_;
  DirectoryReader reader_;
  std::function<void(DirectorySnapshot)> deliver_;
  FileSource source_;
};

}  // namespace instanced
