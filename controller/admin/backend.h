// AdminBackend: what the control API asks of the daemon.
//
// The server calls it on gRPC's own threads and blocks until it answers; the daemon's
// implementation posts to the loop and waits for the result, at most until `deadline`.
//
// Errors: NotFound (no such brake or object), Validation (not in that state), WriteConflict (changed
// meanwhile), Throttled (too many watch), Store (cannot be recorded), Cancelled (shutting down); any
// other class is told as an internal failure.
// Threads: called from several at once. Ownership: outlives the server.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/error/error.h"
#include "api/object/object_key.h"
#include "controller/admin/object_report.h"
#include "controller/clock/clock.h"

namespace instanced {

enum class BrakeState { kHolding, kApproved, kReleased };

// One brake as people see it; api/admin/v1/admin.proto says what the fields mean.
struct BrakeReport {
  std::string id;
  std::string cause;
  BrakeState state = BrakeState::kHolding;
  std::optional<Kind> kind;  // nothing when objects of several kinds are held
  std::vector<ObjectKey> held;
  WallTime since;
  std::optional<WallTime> approved_until;
  std::string answered_by;
  std::string message;
};

struct DaemonReport {
  std::string version;
  std::string owner_id;
};

struct BrakeAnswer {
  std::string brake_id;
  std::string requested_by;
};

class AdminBackend {
 public:
  virtual ~AdminBackend() = default;
  virtual Result<DaemonReport> Version(CallDeadline deadline) = 0;

  virtual Result<ObjectPage> List(PageQuery query, CallDeadline deadline) = 0;
  virtual Result<ObjectReport> Get(ObjectKey key, CallDeadline deadline) = 0;
  virtual Result<std::unique_ptr<ObjectFeed>> Watch(ObjectQuery query, CallDeadline deadline) = 0;

  virtual Result<std::vector<BrakeReport>> Brakes(CallDeadline deadline) = 0;
  virtual Result<BrakeReport> Approve(BrakeAnswer answer, CallDeadline deadline) = 0;
  virtual Result<BrakeReport> Release(BrakeAnswer answer, CallDeadline deadline) = 0;
};

}  // namespace instanced
