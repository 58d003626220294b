// WatchBoard: hands every change to the watchers it concerns.
//
// Each watcher has a mailbox that keeps the last state per object, so that a slow one costs memory
// for the objects it selects and never holds the loop.
// Threads: Open and Publish on the loop; a feed is read, and destroyed, on any one thread.
#pragma once

#include <memory>
#include <vector>

#include "controller/admin/object_report.h"

namespace instanced {

class WatchBoard {
 public:
  // What a change did to an object, seen by everybody.
  struct News {
    std::optional<ObjectMeta> before;  // nothing: the object is new
    ObjectEvent::Type type = ObjectEvent::Type::kModified;
    ObjectReport report;
  };

  WatchBoard();
  ~WatchBoard();

  // The feed begins with `present`, sorted as given, then kSynced. Throttled when four
  // watch already.
  Result<std::unique_ptr<ObjectFeed>> Open(ObjectQuery query, std::vector<ObjectReport> present);
  void Publish(const News& news);
  bool HasWatchers();
  // Every feed answers Cancelled from now on.
  void Close();

 private:
  class Mailbox;
  class Feed;
  std::vector<std::weak_ptr<Mailbox>> mailboxes_;
};

}  // namespace instanced
