// SimStore: a MemoryStore seen through a network: writes take time, may be refused, may be carried
// out with the answer lost; changes arrive late, in order for one object and in any order across
// objects; the watch may break and be followed by a list.
//
// Nothing is delivered by itself: whoever owns time calls DeliverDue. Threads: one.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/source/source.h"
#include "tests/fakes/memory_store/memory_store.h"

namespace instanced {

enum class StoreFate { kNormal, kRefused, kAnswerLost, kNoAnswer, kDoneNoAnswer };
struct WriteVerdict {
  StoreFate fate = StoreFate::kNormal;
  Error error;
};

// What every replica's store shares. All default to: at once, and well.
struct StoreHooks {
  std::function<WriteVerdict(int replica, const std::string& what, const WriteTarget& target)> fate;
  std::function<Duration()> latency;
  std::function<Duration()> watch_delay;
  // A status as a replica sends it.
  std::function<void(int replica, const WriteTarget& target, const InstanceStatus& status)> sending;
  // A write that was carried out, with the object as it was before.
  std::function<void(const std::string& what, const WriteTarget& target, InstancePtr before)>
      written;
};

class SimStore final : public ObjectWriter, public Source {
 public:
  SimStore(MemoryStore& store, const Clock& clock, const StoreHooks& hooks, int replica)
      : store_(store), clock_(clock), hooks_(hooks), replica_(replica) {}

  Task<void> Run(WatchSink sink, StopToken stop) override;
  Task<Result<std::string>> WriteStatus(WriteTarget target, InstanceStatus status) override;
  Task<Result<std::string>> WriteFinalizers(WriteTarget target,
                                            std::vector<std::string> finalizers) override;
  Task<Result<std::string>> WriteAnnotations(WriteTarget target, StringPairs annotations) override;

  std::optional<MonotonicTime> NextDue() const;
  void DeliverDue();
  // The watch breaks: what was under way is lost, and a list of these keys, as they are now (a
  // stale one by then), arrives later.
  void Relist(const std::vector<ObjectKey>& keys);
  // The daemon is gone: nobody listens.
  void Disconnect();

 private:
  void Receive(WatchEvent event);
  void Schedule(const ObjectKey& key, WatchEvent event);
  Duration Delay() const { return hooks_.watch_delay ? hooks_.watch_delay() : Duration{}; }
  Task<Result<std::string>> Write(std::string what, WriteTarget target,
                                  std::function<Task<Result<std::string>>()> write);
  Task<void> Pause();

  MemoryStore& store_;
  const Clock& clock_;
  const StoreHooks& hooks_;
  const int replica_;
  WatchSink sink_;
  std::vector<WatchEvent> list_;  // while an Init sequence comes in
  bool listing_ = false;
  MonotonicTime floor_;  // nothing is delivered before the last list
  std::map<ObjectKey, MonotonicTime> last_;
  std::multimap<MonotonicTime, std::vector<WatchEvent>> due_;
};

}  // namespace instanced
