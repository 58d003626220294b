#include "tests/fakes/memory_lease_store/memory_lease_store.h"

#include <utility>

#include "controller/task/completion.h"
#include "controller/task/sleep.h"

namespace instanced {
namespace {

Error Unreachable(Reach reach) {
  Error error;
  error.error_class = ErrorClass::kTransient;
  error.code = "Unreachable";
  error.message = "the lease server does not answer";
  error.reach = reach;
  return error;
}

// Ends the watch of a replica that is thrown away where it stands.
struct Subscription {
  MemoryLeases& leases;
  int number;
  ~Subscription() { leases.watchers.erase(number); }
};

}  // namespace

void MemoryLeases::Tell(LeaseNews news, const LeaseRecord& lease) {
  const auto now = watchers;
  for (const auto& [number, sink] : now) sink(news, lease);
}

Result<LeaseRecord> MemoryLeases::Write(LeaseRecord lease) {
  const auto found = leases_.find(lease.name);
  const bool fits = found == leases_.end()
                        ? lease.resource_version.empty()
                        : found->second.resource_version == lease.resource_version;
  if (!fits) return Fail(ErrorClass::kWriteConflict, "Conflict", lease.name + " was changed");
  lease.resource_version = std::to_string(++version_);
  leases_[lease.name] = lease;
  Tell(LeaseNews::kChanged, lease);
  return lease;
}

Result<void> MemoryLeases::Remove(const LeaseRecord& lease) {
  const auto found = leases_.find(lease.name);
  if (found == leases_.end() || found->second.resource_version != lease.resource_version) {
    return Fail(ErrorClass::kWriteConflict, "Conflict", lease.name + " was changed");
  }
  Drop(lease.name);
  return {};
}

void MemoryLeases::Drop(const std::string& name) {
  const auto gone = leases_.extract(name);
  ++version_;
  if (gone) Tell(LeaseNews::kDeleted, gone.mapped());
}

LeaseList MemoryLeases::List() const {
  LeaseList list;
  for (const auto& [name, lease] : leases_) list.leases.push_back(lease);
  list.resource_version = std::to_string(version_);
  return list;
}

std::string MemoryLeases::HolderOf(const std::string& name) const {
  const auto found = leases_.find(name);
  return found == leases_.end() ? std::string() : found->second.holder;
}

Task<void> MemoryLeaseStore::Pause() {
  SleepUntil sleeping(clock_.Now() + (latency ? latency() : Duration{}));
  co_await sleeping;
}

Task<Result<LeaseList>> MemoryLeaseStore::List(StopToken) {
  auto pause = Pause();
  co_await pause;
  if (FateOf("list") != LeaseCallFate::kNormal) {
    co_return std::unexpected(Unreachable(Reach::kUnknown));
  }
  auto list = old_list ? *old_list : leases_.List();
  auto after = Pause();
  co_await after;
  co_return list;
}

Task<Result<LeaseRecord>> MemoryLeaseStore::Write(LeaseRecord lease, StopToken) {
  auto pause = Pause();
  co_await pause;
  const auto how = FateOf("write");
  if (how == LeaseCallFate::kRefused) co_return std::unexpected(Unreachable(Reach::kNotSent));
  Completion<int> never;
  if (how == LeaseCallFate::kNoAnswer) co_await never;
  auto answer = leases_.Write(std::move(lease));
  if (answer && written) written(*answer);
  if (how == LeaseCallFate::kDoneNoAnswer) co_await never;
  auto after = Pause();
  co_await after;
  if (how == LeaseCallFate::kAnswerLost) co_return std::unexpected(Unreachable(Reach::kUnknown));
  co_return answer;
}

Task<Result<void>> MemoryLeaseStore::Remove(LeaseRecord lease, StopToken) {
  auto pause = Pause();
  co_await pause;
  const auto how = FateOf("remove");
  Completion<int> never;
  if (how == LeaseCallFate::kNoAnswer) co_await never;
  const bool done = how == LeaseCallFate::kNormal || how == LeaseCallFate::kDoneNoAnswer;
  if (!done) co_return std::unexpected(Unreachable(Reach::kNotSent));
  auto answer = leases_.Remove(lease);
  if (how == LeaseCallFate::kDoneNoAnswer) co_await never;
  co_return answer;
}

Task<Result<void>> MemoryLeaseStore::Watch(std::string, LeaseSink sink, StopToken stop) {
  if (FateOf("watch") != LeaseCallFate::kNormal) {
    co_return std::unexpected(Unreachable(Reach::kNotSent));
  }
  const Subscription subscription{leases_, ++leases_.last_watcher};
  leases_.watchers[subscription.number] = std::move(sink);
  Completion<int> stopped;
  const auto registration = stop.OnStop([stopped] { stopped.Set(0); });
  co_await stopped;
  co_return Result<void>();
}

}  // namespace instanced
