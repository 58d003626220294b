// Source: where objects and their changes come from, and ObjectWriter: where our record goes.
//
// Files and Kubernetes stand behind the same two seams; nothing above this room knows which.
// A source sends one InitStarted, InitApplied..., InitDone sequence, then changes; after a gap it
// sends such a sequence again, and whatever is not in it is gone. A sequence may be of one kind
// alone, and then says nothing of other kinds; the first one that names no kind makes the source
// synced when it is done.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/error/error.h"
#include "api/kinds/object.h"
#include "api/kinds/packed_instance.h"
#include "controller/task/stop.h"
#include "controller/task/task.h"

namespace instanced {

struct InitStarted {
  std::optional<Kind> kind = std::nullopt;  // nothing: every kind
  // The version the list was read at, when it is known: it is right about all that is no newer.
  std::string read_at = {};
};
// `packed`, where it is set, is the same instance as its sender keeps it: whoever keeps it too can
// share that.
struct InitApplied {
  ObjectPtr object;
  PackedInstance packed = {};
};
// The object is there and cannot be read: what was known of it stays.
struct InitKept {
  ObjectKey key;
};
struct InitDone {
  std::optional<Kind> kind = std::nullopt;
};
struct Applied {
  ObjectPtr object;
  PackedInstance packed = {};
};
struct Deleted {
  ObjectKey key;
  std::string uid;
};
using WatchEvent = std::variant<InitStarted, InitApplied, InitKept, InitDone, Applied, Deleted>;
using WatchSink = std::function<void(WatchEvent)>;

class Source {
 public:
  virtual ~Source() = default;
  // Runs until `stop`; failures are retried inside with backoff and shown by readiness.
  virtual Task<void> Run(WatchSink sink, StopToken stop) = 0;
};

// The object a write is meant for; a write whose resource version or uid no longer fits fails with
// WriteConflict and changes nothing.
struct WriteTarget {
  ObjectKey key;
  std::string uid;
  std::string resource_version;
};

// Every write is durable before it answers, and answers the object's new resource version.
// The changed object also arrives through the Source. Store means: it could not be recorded.
class ObjectWriter {
 public:
  virtual ~ObjectWriter() = default;
  virtual Task<Result<std::string>> WriteStatus(WriteTarget target, InstanceStatus status) = 0;
  // Replaces the finalizers. Removing the last one of a deleting object ends its life.
  virtual Task<Result<std::string>> WriteFinalizers(WriteTarget target,
                                                    std::vector<std::string> finalizers) = 0;
  // Merges annotations; an empty value removes one. The path a user's own edit takes.
  virtual Task<Result<std::string>> WriteAnnotations(WriteTarget target,
                                                     StringPairs annotations) = 0;
};

}  // namespace instanced
