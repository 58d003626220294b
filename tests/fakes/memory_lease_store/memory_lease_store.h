// MemoryLeases: the leases of an API server in memory; MemoryLeaseStore: one replica's way to them.
//
// Writes are refused onto any version but the newest, watches tell every change. A store can be
// given a latency and a fate for each call: refused before it, or its answer lost after it, as a
// network does; or a write or removal without an answer ever, done or not, for whoever ends then.
// Leases outlive the stores of a test. Threads: one.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>

#include "controller/lease/lease_store.h"
#include "controller/task/signal.h"

namespace instanced {

class MemoryLeases {
 public:
  Result<LeaseRecord> Write(LeaseRecord lease);
  Result<void> Remove(const LeaseRecord& lease);
  LeaseList List() const;
  const std::map<std::string, LeaseRecord>& leases() const { return leases_; }
  // The holder on record; empty for none.
  std::string HolderOf(const std::string& name) const;
  // What somebody with kubectl could do.
  void Drop(const std::string& name);

  // Called with every change, after it.
  std::map<int, LeaseSink> watchers;
  int last_watcher = 0;

 private:
  void Tell(LeaseNews news, const LeaseRecord& lease);

  std::int64_t version_ = 0;
  std::map<std::string, LeaseRecord> leases_;
};

enum class LeaseCallFate { kNormal, kRefused, kAnswerLost, kNoAnswer, kDoneNoAnswer };

class MemoryLeaseStore final : public LeaseStore {
 public:
  MemoryLeaseStore(MemoryLeases& leases, const Clock& clock) : leases_(leases), clock_(clock) {}

  // Both default to: at once, and well. Latency is that of each half of a call.
  std::function<Duration()> latency;
  std::function<LeaseCallFate(const std::string& what)> fate;
  // What lists show in place of the newest state, as those of a server that fell behind.
  std::optional<LeaseList> old_list;
  // A write that was carried out, seen where it is.
  std::function<void(const LeaseRecord&)> written;

  Task<Result<LeaseList>> List(StopToken stop) override;
  Task<Result<LeaseRecord>> Write(LeaseRecord lease, StopToken stop) override;
  Task<Result<void>> Remove(LeaseRecord lease, StopToken stop) override;
  Task<Result<void>> Watch(std::string resource_version, LeaseSink sink, StopToken stop) override;

 private:
  Task<void> Pause();
  LeaseCallFate FateOf(const std::string& what) const {
    return fate ? fate(what) : LeaseCallFate::kNormal;
  }

  MemoryLeases& leases_;
  const Clock& clock_;
};

}  // namespace instanced
