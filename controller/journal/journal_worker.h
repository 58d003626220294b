// Journal::Worker: the thread behind Journal, its queue and its group commits.
//
// A job runs on the worker's thread and keeps its own answer; `finish` runs on the loop, with
// nothing when the job's transaction was committed, else with why it was not. With
// JournalHands::kCallers there is no thread, and Work() does what it would have done.
// Threads: Submit and AppendHistory from the loop; the rest inside.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "controller/journal/journal.h"
#include "controller/journal/journal_file.h"
#include "controller/lock/lock.h"

namespace instanced {

struct JournalJob {
  enum class Access { kRead, kWrite };
  Access access = Access::kWrite;
  // Answers a Store error, which undoes the group; refusals stay inside the job.
  std::function<std::optional<Error>(JournalFile&)> run;
  std::function<void(std::optional<Error>)> finish;
};

class Journal::Worker final {
 public:
  Worker(std::unique_ptr<JournalFile> file, LoopPoster poster, JournalObserver* observer,
         JournalHands hands);
  ~Worker();

  void Submit(JournalJob job);
  void AppendHistory(HistoryEntry entry);
  const JournalFile& file() const { return *file_; }
  JournalHealth Health() const;
  bool HasWork() const;
  void Work();

 private:
  using Jobs = std::vector<JournalJob>;
  void Run();
  Jobs TakeJobs();
  void RunWrites(Jobs jobs);
  void RunReads(Jobs jobs);
  std::optional<Error> Transact(const Jobs& jobs);
  std::optional<Error> Commit(const Jobs& jobs);
  void RunOneByOne(Jobs jobs);
  void TakeHistory();
  void SetHealth(const std::optional<Error>& failure);
  void Answer(Jobs jobs, std::optional<Error> failure);

  std::unique_ptr<JournalFile> file_;
  LoopPoster poster_;
  JournalObserver* observer_;

  mutable Mutex mutex_;
  std::condition_variable wake_;
  std::deque<JournalJob> queue_ INSTANCED_GUARDED_BY(mutex_);
  std::deque<HistoryEntry> new_history_ INSTANCED_GUARDED_BY(mutex_);
  JournalHealth health_ INSTANCED_GUARDED_BY(mutex_);
  bool stopping_ INSTANCED_GUARDED_BY(mutex_) = false;
  std::deque<HistoryEntry> history_;  // the worker's: not yet committed
  std::thread thread_;
};

}  // namespace instanced
