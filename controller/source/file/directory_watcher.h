// DirectoryWatcher: tells when a manifest directory has changed, as consistent snapshots.
//
// inotify wakes it, a periodic rescan makes good what inotify cannot see (network file systems,
// lost events, a root that was swapped). A snapshot is taken after a quiet moment, so that a Git
// checkout or an editor's save is seen whole; at the latest `burst_max` after the first change.
// A directory that changes under each of several readings is reported as unreadable.
// Threads: its own reads and parses; Start and Stop from the loop; `poster` is called from its own.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "controller/clock/clock.h"
#include "controller/source/file/directory_reader.h"
#include "controller/source/file/snapshot_feed.h"

namespace instanced {

struct WatchTiming {
  std::chrono::milliseconds quiet{500};
  std::chrono::milliseconds burst_max{5000};
  std::chrono::milliseconds rescan{30'000};
};

// When the next reading is due. Pure: time is an argument.
class QuietMoment final {
 public:
  explicit QuietMoment(WatchTiming timing) : timing_(timing) {}
  void Changed(MonotonicTime now);
  // The reading took place; the next is due at the rescan unless something changes.
  void Read(MonotonicTime now);
  MonotonicTime due() const { return due_; }

 private:
  WatchTiming timing_;
  std::optional<MonotonicTime> first_change_;
  MonotonicTime due_{};
};

class DirectoryWatcher final : public SnapshotFeed {
 public:
  // `poster` runs a function on the loop, from any thread. The loop must outlive the watcher.
  DirectoryWatcher(std::string directory, ManifestParser parser, const Clock& clock,
                   std::function<void(std::function<void()>)> poster, WatchTiming timing = {});
  DirectoryWatcher(const DirectoryWatcher&) = delete;
  DirectoryWatcher& operator=(const DirectoryWatcher&) = delete;
  ~DirectoryWatcher() override;

  void Start(std::function<void(DirectorySnapshot)> deliver) override;
  void Stop() override;
  // Reads again soon, as if something had changed. The loop's.
  void Rescan();

 private:
  void Run();
  void ReadAndDeliver();
  void Deliver(DirectorySnapshot snapshot);
  // Watches what was walked; answers whether a watch was added.
  bool WatchAll(const std::vector<std::string>& directories);
  void WatchParent();
  bool IsWatched(int watch) const;
  // Waits for a change until `due`.
  void Wait();
  bool DrainEvents();

  const std::string directory_;
  DirectoryReader reader_;
  const Clock& clock_;
  std::function<void(std::function<void()>)> poster_;
  QuietMoment quiet_;

  // Shared with what was posted, so that nothing is delivered after Stop(). The loop's.
  struct Receiver {
    std::function<void(DirectorySnapshot)> deliver;
  };
  std::shared_ptr<Receiver> receiver_;
  std::optional<DirectorySnapshot> delivered_;
  std::map<std::string, int> watches_;
  int parent_watch_ = -1;
  int unstable_readings_ = 0;
  int inotify_ = -1;
  int wake_event_ = -1;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace instanced
