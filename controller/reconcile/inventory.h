// Inventory: what complete lists of one domain showed, and who waits for the next. Pure.
//
// A pass that needs a list says from when on it must have begun; one sweep serves all who wait. A
// snapshot is complete: every page of it was read, in one go, begun at `begun`.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "api/object/object_key.h"
#include "controller/clock/clock.h"
#include "controller/provider/provider.h"

namespace instanced {

// Lists may be long and passes ask one after the other, so that what concerns an object is found
// without walking the list, and what an entry shows is kept as text until somebody needs it.
class Snapshot {
 public:
  explicit Snapshot(MonotonicTime begun_at) : begun(begun_at) {}

  // Until Seal; of two entries with one name the later holds.
  void Add(Observation entry);
  void Seal(MonotonicTime now);

  // Everything the list said of this instance; nothing when it is not in it.
  std::optional<Observation> Find(std::string_view external_name) const;
  bool Contains(std::string_view external_name) const;
  std::size_t size() const { return entries_.size(); }
  // Every entry that has this natural key, in whatever case, or this mark, or of which the list did
  // not say whose it is; by name. Without `fields` and `at_provider`.
  std::vector<const Observation*> Concerning(std::string_view natural_key, const Mark& mark) const;

  MonotonicTime begun;
  MonotonicTime finished;

 private:
  struct Entry {
    Observation head;
    std::string fields;
    std::string at_provider;
  };
  using Index = std::vector<std::pair<std::size_t, std::uint32_t>>;  // hash, place in entries_
  const Entry* EntryOf(std::string_view external_name) const;

  std::vector<Entry> entries_;  // sorted by name once sealed
  Index by_natural_key_;
  Index by_mark_;
  std::vector<std::uint32_t> unmarked_;
};

class Inventory {
 public:
  // The newest snapshot, when it was begun and finished at or after these times.
  std::shared_ptr<const Snapshot> SnapshotSince(MonotonicTime begun_after,
                                                MonotonicTime finished_after) const;
  // From when on a list must begin in order to be newer than the newest there is.
  std::optional<MonotonicTime> NextBegin() const;
  // Lets go of a list that was finished before this time.
  void DropOlderThan(MonotonicTime finished_before);
  // Why the last sweep failed, when one begun at or after this time did and none succeeded since.
  std::optional<Error> FailureSince(MonotonicTime begun_after) const;

  // Asks for a snapshot; `key` is handed back when one (or a failure) is there.
  void Need(const ObjectKey& key, MonotonicTime begun_after);
  // True when somebody waits and no sweep is under way.
  bool SweepWanted() const { return !sweeping_ && !waiting_.empty(); }

  void Begin(MonotonicTime now);
  void AddPage(std::vector<Observation> entries);
  std::vector<ObjectKey> Finish(MonotonicTime now);
  std::vector<ObjectKey> Fail(Error error);

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
  std::map<ObjectKey, MonotonicTime> waiting_;
  std::unordered_map<std::string, ObservedMark> marks_;
  std::set<std::string> unreadable_;
  std::int64_t tenure_ = 0;
};

}  // namespace instanced
