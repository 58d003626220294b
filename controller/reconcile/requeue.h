// When a key is looked at again if nothing changes. Computed from the decision, never slept.
#pragma once

#include <variant>

#include "controller/clock/clock.h"
#include "controller/reconcile/facts.h"
#include "controller/reconcile/options.h"
#include "controller/reconcile/track.h"
#include "controller/workqueue/priority.h"

namespace instanced {

struct WhenChanged {
  friend bool operator==(WhenChanged, WhenChanged) = default;
};
struct Now {
  friend bool operator==(Now, Now) = default;
};
struct At {
  MonotonicTime when;
  friend bool operator==(At, At) = default;
};
struct When {
  std::variant<WhenChanged, Now, At> at;
  Priority priority = Priority::kUrgent;
};

// Updates the track's failure and poll counters and says when to come back. Pure but for them.
When RequeueFor(const Decision& decision, const InstanceObject& object,
                const ReconcileOptions& options, MonotonicTime now, Random& random, Track& track);

// The pause before the next try after a failure of this class; grows `track`'s counters.
Duration PauseAfter(const Error& error, const ReconcileOptions& options, Random& random,
                    Track& track);

}  // namespace instanced
