// Bugs: deliberate mistakes, to prove that the simulation sees them.
//
// Each stands at a seam (store, provider, gate, watch, leases, options) where a mistake in the
// product would show the same way, and exists in this test build alone: nothing of the product
// knows about them. A world has at most one.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string_view>

#include "controller/lease/fence.h"
#include "controller/provider/registry.h"
#include "controller/reconcile/guards.h"
#include "controller/source/source.h"
#include "tests/fakes/memory_lease_store/memory_lease_store.h"
#include "tests/simulation/sim_home.h"

namespace instanced {

enum class Bug {
  kNone,
  // store
  kIntentNotWritten,      // an intent is acknowledged and never stored
  kBindingNotWritten,     // so is the id that closes it
  kFinalizerNotWritten,   // so is the first finalizer
  kFinalizerLeavesEarly,  // the finalizer of a deleting object goes with its first status write
  kConflictOverwritten,   // a write onto an old version is forced onto the newest
  kIntentAfterLease,      // an intent is written half a minute later, whoever holds the lease then
  kJournalLosesCommits,   // what was committed since the last checkpoint is gone after a kill
  // cloud
  kTokenDropped,           // the request goes out without its token
  kTokenAnew,              // every try of one attempt carries another token
  kLostMeansNotSent,       // a create whose answer is lost counts as never sent
  kCreateRepeatedBlindly,  // a create whose answer is lost is sent again under another token
  kMarkForgotten,          // instances are made without our mark
  kEveryInstanceIsOurs,    // what bears no mark counts as marked by us
  kFailedReadMeansGone,    // a read that failed counts as "not found"
  kFirstPageOnly,          // lists end after their first page
  kUpdateNotSent,          // an update counts as carried out
  kDeleteNotSent,          // so does a delete
  kLostDeleteMeansGone,    // a delete whose answer is lost counts as carried out
  kSentTwice,              // a create goes out twice at once
  // budgets and guards
  kRateForgotten,      // calls go past the budget
  kThrottleNotTold,    // the budget never hears of a throttled call
  kRetryAfterIgnored,  // nor how long the cloud asked to wait
  kChurnForgotten,     // creates and deletes are not counted
  kBrakesForgotten,    // a mass deletion is not held
  // watch and queue
  kWatchLosesEvents,      // one change in four never arrives
  kDeletionsNotSeen,      // the end of an object never arrives
  kRelistForgetsNothing,  // what a new list does not name stays
  kPauseIgnored,          // the annotation is not read
  kPreventDestroyIgnored,
  kRetainIgnored,
  kPoliciesIgnored,      // managementPolicies are not read
  kDeleteUnasked,        // one change in four of a bound object is taken for its deletion
  kCreateWhileDeleting,  // that an object is being deleted is not read
  kWakeLost,             // one key in three that is to be looked at again is not
  // windows
  kTwoLooksAtOnce,  // two reads in a row count although no window has passed
  kReplayForEver,   // a recorded create is sent again after its token was forgotten
  // leases
  kLeaseForgotten,        // every replica acts
  kLeaseNotCheckedAgain,  // once a pass has begun it goes on
  kEpochForgotten,        // what was learned in an earlier tenure still counts
  kOthersClockBelieved,   // a lease is taken when its time by our wall clock is over
  kLeaseForced,           // a lease is written onto whatever version there is
  kLeaseCountedTooLong,   // the holder counts longer than it tells the others
  kLeaseListStale,        // leases are read from an old list
  kNoWatchdog,
  kLedgerNotReadAnew,   // a new holder knows nothing of what the last one spent
  kBudgetNotEmptied,    // nor that it has just spent it
  kNobodyLooksAnew,     // a new holder waits for changes
  kUnnamedAccountUsed,  // nobody could say whose a credential is, and it is used all the same
  kTurnTakenForOutage,  // who must wait to ask whose a credential is takes the cloud for away
  // what people see
  kKeyQuoted,               // who cannot tell whose a credential is repeats it
  kAnnotationQuoted,        // a condition's message repeats an annotation
  kHistoryQuotes,           // so does the history
  kLogQuotes,               // so does a line of the log
  kEventQuotes,             // so does an Event
  kEventsUnlimited,         // Events are made without limit, and the same ones again and again
  kHotLoop,                 // every look is followed by the next one a second later
  kStandingConditionFalse,  // Reconciling or Stalled is there and says False
  kBothStanding,            // Reconciling and Stalled are there at once
  kConditionAhead,          // a condition says that it saw the next generation
  kReadyForgotten,          // Ready is left out
  kLast = kReadyForgotten,
};

struct Bugs {
  Bug on = Bug::kNone;
  bool Is(Bug bug) const { return on == bug; }
};

std::string_view NameOf(Bug bug);

// The seams themselves, and whom a bug has at hand: what is durable, and tasks of the process.
struct BugSeams {
  ObjectWriter& store;
  ProviderRegistry& cloud;
  MemoryLeaseStore& leases;
  const Clock& clock;
  const SimHome& objects;
  std::function<void(Task<void> task)> spawn;
};

// What stands between one daemon and its seams; does nothing without a bug.
class BugLayer {
 public:
  BugLayer(const Bugs& bugs, BugSeams seams);
  ~BugLayer();

  ObjectWriter& writer();
  ProviderRegistry& providers();
  LeaseStore& leases();
  Guards& Over(Guards& inner);
  Ledger& Over(Ledger& inner);
  Fence& Over(Fence& inner);
  bool LosesWake();
  // What the daemon sees of this event; nothing when it misses it.
  std::optional<WatchEvent> Seen(WatchEvent event);

 private:
  std::optional<WatchEvent> SeenOfList(WatchEvent event);

  struct Parts;
  const Bugs& bugs_;
  std::unique_ptr<Parts> parts_;
  int changes_ = 0;
  int wakes_ = 0;
  std::map<std::optional<Kind>, int> lists_;
};

}  // namespace instanced
