// What the control API tells of declared objects, and how they are chosen.
//
// Reports carry immutable snapshots, so that turning them into messages costs the loop nothing.
// Threads: values; a feed is read by one thread at a time.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/error/error.h"
#include "api/kinds/object.h"
#include "api/kinds/packed_instance.h"
#include "controller/admin/label_selector.h"
#include "controller/clock/clock.h"

namespace instanced {

// How long the caller still waits.
using CallDeadline = std::chrono::milliseconds;

// What the reconciler found when it compared last; not compared since the start, or for another
// spec, or without an instance: unknown.
enum class Drift { kUnknown, kNone, kFound };

struct ObjectReport {
  ObjectPtr object;
  std::string decision;               // the last of this process; empty before the first
  std::optional<WallTime> next_look;  // nothing: when something changes
  Drift drift = Drift::kUnknown;
};

// Every member narrows; an empty name or namespace does not. No kinds selects nothing.
struct ObjectQuery {
  std::vector<Kind> kinds;
  std::string namespace_;
  std::string name;
  LabelSelector labels;

  bool Selects(const ObjectMeta& meta) const;
  bool Selects(const InstanceView::Meta& meta) const;
};

struct PageQuery {
  ObjectQuery objects;
  std::optional<ObjectKey> after;  // the page begins behind this key
  std::size_t limit = 500;
};

struct ObjectPage {
  std::vector<ObjectReport> objects;  // sorted by key
  enum class End { kLast, kMoreFollow } end = End::kLast;
};

struct ObjectEvent {
  enum class Type { kAdded, kModified, kDeleted, kSynced } type = Type::kAdded;
  ObjectReport report;  // without an object when kSynced
};

// One watcher's mailbox; destroying it ends the watch.
class ObjectFeed {
 public:
  virtual ~ObjectFeed() = default;
  // Blocks until there is something, at most `wait`; empty when there was nothing. Cancelled when
  // the daemon stops.
  virtual Result<std::vector<ObjectEvent>> Next(CallDeadline wait) = 0;
};

// The word the cloud itself uses for the state, from what was last read; empty when there is none.
std::string CloudStateOf(const InstanceObject& object);

// "cni", "connectinstance", "connectinstances" or "ConnectInstance", in any case.
std::optional<Kind> FindKind(std::string_view word);
// Kinds joined by commas; "" and "all" are the instance kinds. Validation lists the kinds there
// are.
Result<std::vector<Kind>> ParseKinds(std::string_view words);

}  // namespace instanced
