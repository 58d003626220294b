// Informer: applies what a Source says to the ObjectCache and tells who is interested.
//
// Promises: a relist (InitStarted ... InitDone) swaps in atomically for deletions: what it did not
// name is reported deleted at InitDone, never earlier; one of a single kind touches no other; what
// it only kept stays as it was; changes are reported after the cache holds them; a stale event is
// reported to nobody.
// Threads: the loop's. Ownership: cache and handler outlive it.
#pragma once

#include <functional>
#include <map>
#include <set>

#include "controller/informer/object_cache.h"
#include "controller/source/source.h"

namespace instanced {

enum class ChangeKind { kListed, kAdded, kChanged, kDeleted, kSynced };

// `object` is empty for kSynced (the first full list is in the cache) and holds the last known
// snapshot for kDeleted.
struct Change {
  ChangeKind kind = ChangeKind::kChanged;
  std::optional<ObjectPtr> before;
  std::optional<ObjectPtr> object;
};

class Informer {
 public:
  using Handler = std::function<void(const Change&)>;
  Informer(ObjectCache& cache, Handler handler) : cache_(cache), handler_(std::move(handler)) {}

  void Handle(WatchEvent event);
  bool synced() const { return synced_; }

 private:
  void Apply(ObjectPtr object, PackedInstance packed, ChangeKind added_as,
             std::string_view read_at = {});
  std::string_view ReadAt(Kind kind) const;
  void Remove(const ObjectKey& key, std::string_view uid);
  void StartList(InitStarted started);
  // The key was seen by the list of its kind, if one is open.
  void MarkListed(const ObjectKey& key);
  void FinishList(std::optional<Kind> kind);
  void RemoveUnlisted();
  std::optional<ObjectPtr> Find(const ObjectKey& key) const;

  ObjectCache& cache_;
  Handler handler_;
  bool synced_ = false;
  struct OpenList {
    std::set<ObjectKey> keys;
    std::string read_at;
  };
  std::map<Kind, OpenList> open_lists_;
};

}  // namespace instanced
