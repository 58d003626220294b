// CallGate: what every single API call passes, so that no call goes round budget and metrics.
//
// An adapter's transport calls Enter right before it signs and sends, and Leave with the outcome.
// A refused Enter is returned to the caller as it is (class Deferred, with retry_after): nothing
// was sent. One gate serves one (service, account, region).
//
// Threads: the loop's.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "api/error/error.h"
#include "api/object/object_key.h"
#include "controller/clock/clock.h"
#include "controller/task/stop.h"
#include "controller/workqueue/priority.h"

namespace instanced {

// What a call leaves for the history of whoever made it, beside its result.
struct CallTrace {
  std::string request_id;  // the cloud's id of the last answered call
};

// Travels with every call: on whose behalf, until when.
struct CallContext {
  ObjectKey key;
  Priority priority = Priority::kUrgent;
  MonotonicTime deadline;
  StopToken stop;
  std::shared_ptr<CallTrace> trace;  // may be absent
};

struct CallOutcome {
  // Nothing for success.
  std::optional<ErrorClass> error_class;
  std::string_view code;  // the cloud's code; empty for success
  std::optional<std::chrono::milliseconds> retry_after;
  Duration latency{};
};

class CallGate {
 public:
  virtual ~CallGate() = default;
  virtual Result<void> Enter(const CallContext& context, std::string_view operation) = 0;
  virtual void Leave(const CallContext& context, std::string_view operation,
                     const CallOutcome& outcome) = 0;
};

}  // namespace instanced
