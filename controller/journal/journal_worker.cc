#include "controller/journal/journal_worker.h"

#include <algorithm>
#include <utility>

namespace instanced {
namespace {

constexpr std::size_t kHistoryQueuedMax = 10'000;
constexpr std::size_t kGroupMax = 4096;

// Failures of one job rather than of the disk: the others of its group can still be written.
bool MayBeOneJobsFault(const Error& error) { return error.code == "StoreError"; }

}  // namespace

Journal::Worker::Worker(std::unique_ptr<JournalFile> file, LoopPoster poster,
                        JournalObserver* observer, JournalHands hands)
    : file_(std::move(file)), poster_(std::move(poster)), observer_(observer) {
  if (hands == JournalHands::kThread) thread_ = std::thread([this] { Run(); });
}

Journal::Worker::~Worker() {
  {
    const Locked lock(mutex_);
    stopping_ = true;
  }
  if (!thread_.joinable()) return;
  wake_.notify_one();
  thread_.join();
}

void Journal::Worker::Submit(JournalJob job) {
  {
    const Locked lock(mutex_);
    queue_.push_back(std::move(job));
  }
  wake_.notify_one();
}

void Journal::Worker::AppendHistory(HistoryEntry entry) {
  {
    const Locked lock(mutex_);
    new_history_.push_back(std::move(entry));
  }
  wake_.notify_one();
}

JournalHealth Journal::Worker::Health() const {
  const Locked lock(mutex_);
  return health_;
}

bool Journal::Worker::HasWork() const {
  const Locked lock(mutex_);
  return !queue_.empty() || !new_history_.empty();
}

void Journal::Worker::Run() {
  while (true) {
    {
      Locked lock(mutex_);
      lock.Wait(wake_, [this]() INSTANCED_REQUIRES(mutex_) {
        return stopping_ || !queue_.empty() || !new_history_.empty();
      });
      if (stopping_ && queue_.empty() && new_history_.empty()) return;
    }
    Work();
  }
}

// A run of one kind: reads never see a transaction that may yet be undone.
Journal::Worker::Jobs Journal::Worker::TakeJobs() {
  const Locked lock(mutex_);
  Jobs jobs;
  while (!queue_.empty() && jobs.size() < kGroupMax &&
         (jobs.empty() || queue_.front().access == jobs.front().access)) {
    jobs.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  return jobs;
}

void Journal::Worker::Work() {
  auto jobs = TakeJobs();
  TakeHistory();
  if (jobs.empty() || jobs.front().access == JournalJob::Access::kWrite) {
    RunWrites(std::move(jobs));
  } else {
    if (!history_.empty()) RunWrites({});
    RunReads(std::move(jobs));
  }
}

void Journal::Worker::TakeHistory() {
  const Locked lock(mutex_);
  std::ranges::move(new_history_, std::back_inserter(history_));
  new_history_.clear();
  while (history_.size() > kHistoryQueuedMax) {
    history_.pop_front();
    ++health_.history_dropped;
  }
}

void Journal::Worker::RunWrites(Jobs jobs) {
  auto failure = Transact(jobs);
  if (failure && MayBeOneJobsFault(*failure) && jobs.size() > 1) {
    RunOneByOne(std::move(jobs));
    return;
  }
  SetHealth(failure);
  Answer(std::move(jobs), std::move(failure));
}

void Journal::Worker::RunOneByOne(Jobs jobs) {
  for (auto& job : jobs) {
    Jobs single;
    single.push_back(std::move(job));
    auto failure = Transact(single);
    SetHealth(failure);
    Answer(std::move(single), std::move(failure));
  }
}

void Journal::Worker::RunReads(Jobs jobs) {
  for (auto& job : jobs) {
    auto failure = job.run(*file_);
    Jobs single;
    single.push_back(std::move(job));
    Answer(std::move(single), std::move(failure));
  }
}

std::optional<Error> Journal::Worker::Transact(const Jobs& jobs) {
  if (observer_) observer_->WriteBegins();
  auto failure = Commit(jobs);
  if (observer_) observer_->WriteEnded(failure ? StoreHealth::kRed : StoreHealth::kGreen);
  return failure;
}

std::optional<Error> Journal::Worker::Commit(const Jobs& jobs) {
  if (auto begun = file_->Begin(); !begun) return begun.error();
  std::optional<Error> failure;
  for (const auto& entry : history_) {
    if (auto appended = file_->Append(entry); !appended) failure = appended.error();
    if (failure) break;
  }
  for (const auto& job : jobs) {
    if (failure) break;
    failure = job.run(*file_);
  }
  if (!failure) {
    if (auto committed = file_->Commit(); !committed) failure = committed.error();
  }
  if (failure) {
    file_->Rollback();
  } else {
    history_.clear();
  }
  return failure;
}

void Journal::Worker::SetHealth(const std::optional<Error>& failure) {
  const Locked lock(mutex_);
  health_.state = failure ? StoreHealth::kRed : StoreHealth::kGreen;
  health_.message = failure ? failure->message : std::string();
}

void Journal::Worker::Answer(Jobs jobs, std::optional<Error> failure) {
  if (jobs.empty()) return;
  // std::function wants a copyable callable.
  auto shared = std::make_shared<Jobs>(std::move(jobs));
  poster_([shared, failure] {
    for (auto& job : *shared) job.finish(failure);
  });
}

}  // namespace instanced
