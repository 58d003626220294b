// What decide() is told: the desired state, what is recorded, what was observed, and the
// circumstances, all as values. Nothing here reads, waits or changes anything.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "api/kinds/fields.h"
#include "api/kinds/kind_traits.h"
#include "api/kinds/object.h"
#include "api/object/mark.h"
#include "controller/clock/clock.h"
#include "controller/provider/provider.h"
#include "controller/provider/registry.h"

namespace instanced {

// ---- observed ------------------------------------------------------------------------------

// Nothing was read: the decision may not need it, or says what to read.
struct NotObserved {};

// The read failed. A fact about the reading, never about the instance.
struct ObserveFailed {
  Error error;
};

// The instance with the known id is not there, says the cloud, `reads` times in a row, far enough
// apart to outlast the API's consistency window.
struct Absent {
  int reads = 1;
  MonotonicTime recheck_at;  // when another read would count
};

// The instance with the known id is there.
struct Present {
  Observation observation;
  MarkMatch match = MarkMatch::kNone;
  std::vector<FieldDiff> diffs;
};

// One instance a complete list showed that may be the one looked for.
struct Candidate {
  std::string external_name;
  MarkMatch match = MarkMatch::kNone;
  Adoptable adoptable = Adoptable::kYes;
  Lifecycle lifecycle = Lifecycle::kUnknown;
  enum class NaturalKey { kDiffers, kEqual } natural_key = NaturalKey::kDiffers;
  std::optional<ObjectKey> claimed_by;  // another object of ours that holds it
  // Whether a person approved taking it from the installation whose mark it bears.
  enum class Takeover { kNo, kApproved } takeover = Takeover::kNo;
};

// Nobody knows an id, and a complete list was read.
struct LookedUp {
  std::vector<Candidate> candidates;
  // Complete lists in a row, each begun after the doubt had settled, that showed nothing of ours.
  int absent_reads = 0;
  MonotonicTime recheck_at;
};

using Observed = std::variant<NotObserved, ObserveFailed, Absent, Present, LookedUp>;

// ---- circumstances -------------------------------------------------------------------------

struct ClaimFree {};
struct ClaimHeld {
  ObjectKey holder;
  std::string what;  // "instance i-1" or "instanceAlias front-desk"
};
using ClaimVerdict = std::variant<ClaimFree, ClaimHeld>;

struct BrakeOff {};
struct BrakeSettling {
  MonotonicTime until;
};
struct BrakeHeld {
  std::string brake_id;
  std::string message;
};
struct BrakeReleased {};  // a person said: drop the finalizer, keep the instance
using BrakeFact = std::variant<BrakeOff, BrakeSettling, BrakeHeld, BrakeReleased>;

struct ChurnOpen {};
struct ChurnClosed {
  std::string message;
};
using ChurnVerdict = std::variant<ChurnOpen, ChurnClosed>;

// The last mutating call for this generation failed; the next may be made after `until`.
struct Cooldown {
  Error error;
  MonotonicTime until;
};

enum class Replay { kOpen, kClosed };  // may the recorded request be sent again

// An intent to create that was open when this pass began.
struct Doubt {
  Replay replay = Replay::kClosed;
  // From when on a list that shows nothing is evidence: call deadline plus consistency window.
  MonotonicTime settled_at;
};

// Whether the deletion that begins a recorded replacement may have reached the cloud. Only who sent
// it can say that it did not.
enum class Replacement { kMayHaveBegun, kNotBegun };

enum class Pause { kRunning, kPaused };
enum class Flap { kSteady, kFlapping };
// Whether the instance was bound so recently that "not found" may be the cloud's own lag.
enum class Binding { kSettled, kFresh };

struct Circumstances {
  Pause pause = Pause::kRunning;
  ClaimVerdict claim;
  BrakeFact brake;
  ChurnVerdict churn;
  AccountIdentity identity = AccountVerified{};
  std::optional<Cooldown> cooldown;
  std::optional<Doubt> doubt;
  Replacement replacement = Replacement::kMayHaveBegun;
  Flap flap = Flap::kSteady;
  Binding binding = Binding::kSettled;
  Duration lease_left = Duration::max();
  Duration call_deadline = std::chrono::seconds(30);
  std::string bound_domain;  // the domain this pass works in, as status.bound_domain spells it
};

// ---- decisions -----------------------------------------------------------------------------

struct Observe {};  // read the instance whose id is known, then decide again
struct LookUp {};   // read a complete, fresh enough list, then decide again
struct AddFinalizer {};
struct Adopt {
  std::string external_name;
  std::string why;
};
enum class CreateTry { kFresh, kReplay };
struct Create {
  CreateTry attempt_kind = CreateTry::kFresh;
  std::int64_t attempt = 1;
};
struct CloseIntent {
  std::string evidence;  // what proves that the attempt did nothing
};
struct Unbind {
  std::string why;
};
struct Update {
  std::vector<UpdateStep> steps;
};
enum class DeleteCause { kObjectDeleted, kReplace, kFailedCreate };
struct Delete {
  DeleteCause cause = DeleteCause::kObjectDeleted;
  std::string why;
};
enum class FinalizerExit { kDeleted, kRetained, kReleased, kNotHolder, kNeverCreated };
struct RemoveFinalizer {
  FinalizerExit exit = FinalizerExit::kDeleted;
  std::string why;
};
struct Wait {
  Reason reason = Reason::kProgressing;
  std::string message;
  std::optional<MonotonicTime> until;
};
struct Hold {
  Reason reason = Reason::kInvalid;
  std::string message;
  std::optional<MonotonicTime> until;
};
struct Retry {
  Error error;
};
struct Done {
  Reason reason = Reason::kAvailable;
  std::string message;
};

using Decision = std::variant<Observe, LookUp, AddFinalizer, Adopt, Create, CloseIntent, Unbind,
                              Update, Delete, RemoveFinalizer, Wait, Hold, Retry, Done>;

// "Create", "Hold": the name in history and metrics.
std::string_view NameOf(const Decision& decision);
// One line for people, stable: "Update instanceName: \"a\" declared, \"b\" observed".
std::string Explain(const Decision& decision);

}  // namespace instanced
