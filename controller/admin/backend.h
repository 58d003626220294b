// AdminBackend: what the control API asks of the daemon.
//
// The server calls it on gRPC's own threads and blocks until it answers; the daemon's
// implementation posts to the loop and waits for the result, at most until `deadline`.
//
// Errors: NotFound (no such brake or object), Validation (not in that state), WriteConflict
// (changed meanwhile), Throttled (too many watch), Store (cannot be recorded), Cancelled (shutting
// down, or the caller has left); any other class is told as an internal failure. Threads: called
// from several at once. Ownership: outlives the server.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "api/error/error.h"
#include "api/object/object_key.h"
#include "controller/admin/explanation.h"
#include "controller/admin/object_report.h"
#include "controller/clock/clock.h"
#include "controller/journal/ledger.h"
#include "controller/journal/object_row.h"
#include "controller/plan/plan_report.h"

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

// What a person may ask of one object.
enum class Steering { kReconcile, kPause, kResume };

struct SteerRequest {
  Steering steering = Steering::kReconcile;
  ObjectKey key;
  std::string who;
};

struct BudgetReport {
  std::string service;
  std::string account;
  std::string region;
  std::string operation;
  std::string origin;
  double rate = 0;
  double ceiling = 0;
  int capacity = 0;
  int available = 0;
  std::size_t parked = 0;
  std::chrono::milliseconds blocked_for{};
};

struct BudgetsReport {
  std::vector<BudgetReport> lines;
  std::vector<std::pair<std::string, int>> churn_remaining;  // by account
  int churn_limit = 0;                                       // of each, as configured
};

// A provider plugin; api/admin/v1/admin.proto says what the fields mean.
struct PluginReport {
  enum class State { kConnecting, kUp, kBackingOff, kRefused };
  std::string name;
  std::string address;
  std::string program;
  int arguments = 0;
  std::optional<int> pid;
  int restarts = 0;
  int objects = 0;
  State state = State::kConnecting;
  std::string why;
  WallTime since;
  std::uint32_t protocol_version = 0;
  std::string calls_itself;
  std::string version;
  std::string scope;
  std::vector<std::string> capabilities;
  std::uint32_t calls_max = 0;
  std::string schema_sha256;
  std::string last_error;
  std::optional<WallTime> last_error_at;
};

struct OrphanReport {
  enum class Finding { kMarkedWithoutObject, kLookAlike, kInstanceVanished } finding;
  Kind kind = Kind::kConnectInstance;
  std::string account;
  std::string external_name;
  std::string natural_key;
  std::string cloud_state;
  std::optional<ObjectKey> object;
  std::string message;
};

struct OrphanQuery {
  std::vector<Kind> kinds;
  std::string namespace_;  // empty: all
};

struct OrphansReport {
  std::vector<OrphanReport> orphans;
  int listed = 0;
  std::vector<std::string> unread;
};

// Manifests to plan for, as their reader found them.
struct PlanQuery {
  enum class Directory { kNone, kRead, kVanished, kUnreadable } directory = Directory::kNone;
  std::vector<std::pair<std::string, std::string>> files;  // relative path, text
};

// How long a caller waits, and whether it is still there: what takes minutes ends with it.
struct Patience {
  CallDeadline most{};
  std::function<bool()> caller_left = {};  // asked on the caller's thread; empty: never
};

class AdminBackend {
 public:
  virtual ~AdminBackend() = default;
  virtual Result<DaemonReport> Version(CallDeadline deadline) = 0;

  virtual Result<ObjectPage> List(PageQuery query, CallDeadline deadline) = 0;
  virtual Result<ObjectReport> Get(ObjectKey key, CallDeadline deadline) = 0;
  virtual Result<std::unique_ptr<ObjectFeed>> Watch(ObjectQuery query, CallDeadline deadline) = 0;
  virtual Result<std::vector<HistoryEntry>> History(HistoryQuery query, CallDeadline deadline) = 0;
  virtual Result<ObjectFacts> Explain(ObjectKey key, CallDeadline deadline) = 0;
  virtual Result<BudgetsReport> Budgets(CallDeadline deadline) = 0;
  // By name.
  virtual Result<std::vector<PluginReport>> Plugins(CallDeadline deadline) = 0;
  virtual Result<OrphansReport> Orphans(OrphanQuery query, Patience patience) = 0;
  virtual Result<PlanReport> Plan(PlanQuery query, Patience patience) = 0;
  // The object with the change recorded.
  virtual Result<ObjectReport> Steer(SteerRequest request, CallDeadline deadline) = 0;

  virtual Result<std::vector<BrakeReport>> Brakes(CallDeadline deadline) = 0;
  virtual Result<BrakeReport> Approve(BrakeAnswer answer, CallDeadline deadline) = 0;
  virtual Result<BrakeReport> Release(BrakeAnswer answer, CallDeadline deadline) = 0;
};

}  // namespace instanced
