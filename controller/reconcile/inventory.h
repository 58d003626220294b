// Inventory: what complete lists of one domain (and view of it) showed, and who waits for the next.
// Pure.
//
// A pass that needs a list says from when on it must have begun; one sweep serves all who wait. A
// snapshot is complete: every page of it was read, in one go, begun at `begun`.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/object/object_key.h"
#include "controller/clock/clock.h"
#include "controller/provider/provider.h"
#include "controller/reconcile/snapshot.h"

namespace instanced {

class Inventory {
 public:
  // The newest snapshot, when it was begun and finished at or after these times.
  std::shared_ptr<const Snapshot> SnapshotSince(MonotonicTime begun_after,
                                                MonotonicTime finished_after) const;
  // From when on a list must begin in order to be newer than the newest there is.
  std::optional<MonotonicTime> NextBegin() const;
  // Lets go of a list that was finished before this time.
  void DropOlderThan(MonotonicTime finished_before);
  // Why the last sweep failed, when this credential made it, it was begun at or after this time,
  // and none succeeded since. What one credential meets says nothing of another.
  std::optional<Error> FailureSince(MonotonicTime begun_after, std::string_view credential) const;

  // Asks for a snapshot; `key` is handed back when one (or a failure) is there.
  void Need(const ObjectKey& key, MonotonicTime begun_after);
  // One of those who wait; null when nobody does.
  const ObjectKey* AnyWaiting() const {
    return waiting_.empty() ? nullptr : &waiting_.begin()->first;
  }
  // True when somebody waits and no sweep is under way.
  bool SweepWanted() const { return !sweeping_ && !waiting_.empty(); }

  void Begin(MonotonicTime now);
  // Whether the instance of this name, as this fingerprint stands for it, agrees with its object
  // already: then nothing more of it is kept.
  using Agrees = std::function<bool(const std::string& external_name, std::uint64_t digest)>;
  void AddPage(const std::vector<Observation>& entries, const Agrees& agrees = {});
  std::vector<ObjectKey> Finish(MonotonicTime now);
  // Hands back all who wait: each asks again, by its own credential.
  std::vector<ObjectKey> Fail(Error error, std::string credential);

  // Marks do not change once read, but by us: they are remembered across sweeps that lack them.
  void LearnMark(const std::string& external_name, ObservedMark mark);
  // Listed, but not found when asked for: counts as unmarked until the next snapshot.
  void LearnUnreadable(const std::string& external_name);
  // Marks read in another tenure are forgotten: somebody else may have written them since.
  void EnterTenure(std::int64_t number);
  const ObservedMark* KnownMark(const std::string& external_name) const;

 private:
  std::vector<ObjectKey> TakeWaiting(MonotonicTime begun);

  bool sweeping_ = false;
  std::shared_ptr<Snapshot> current_;
  std::shared_ptr<const Snapshot> latest_;
  std::optional<Error> failure_;
  MonotonicTime failed_begun_;
  std::string failed_credential_;
  std::map<ObjectKey, MonotonicTime> waiting_;
  std::unordered_map<std::string, ObservedMark> marks_;
  std::set<std::string> unreadable_;
  std::int64_t tenure_ = 0;
};

}  // namespace instanced
