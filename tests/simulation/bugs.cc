#include "tests/simulation/bugs.h"

#include <utility>

#include "tests/simulation/bug_seams.h"

namespace instanced {
namespace {

// A copy of the object as the daemon is to see it.
template <class Change>
WatchEvent Shown(const InstancePtr& object, Change change) {
  auto copy = std::make_shared<InstanceObject>(*object);
  change(*copy);
  return Applied{InstancePtr(std::move(copy))};
}

}  // namespace

std::string_view NameOf(Bug bug) {
  static const std::map<Bug, std::string_view> kNames{
      {Bug::kNone, "None"},
      {Bug::kIntentNotWritten, "IntentNotWritten"},
      {Bug::kBindingNotWritten, "BindingNotWritten"},
      {Bug::kFinalizerNotWritten, "FinalizerNotWritten"},
      {Bug::kFinalizerLeavesEarly, "FinalizerLeavesEarly"},
      {Bug::kConflictOverwritten, "ConflictOverwritten"},
      {Bug::kTokenDropped, "TokenDropped"},
      {Bug::kTokenAnew, "TokenAnew"},
      {Bug::kLostMeansNotSent, "LostMeansNotSent"},
      {Bug::kCreateRepeatedBlindly, "CreateRepeatedBlindly"},
      {Bug::kMarkForgotten, "MarkForgotten"},
      {Bug::kEveryInstanceIsOurs, "EveryInstanceIsOurs"},
      {Bug::kFailedReadMeansGone, "FailedReadMeansGone"},
      {Bug::kFirstPageOnly, "FirstPageOnly"},
      {Bug::kUpdateNotSent, "UpdateNotSent"},
      {Bug::kDeleteNotSent, "DeleteNotSent"},
      {Bug::kLostDeleteMeansGone, "LostDeleteMeansGone"},
      {Bug::kSentTwice, "SentTwice"},
      {Bug::kRateForgotten, "RateForgotten"},
      {Bug::kThrottleNotTold, "ThrottleNotTold"},
      {Bug::kRetryAfterIgnored, "RetryAfterIgnored"},
      {Bug::kChurnForgotten, "ChurnForgotten"},
      {Bug::kBrakesForgotten, "BrakesForgotten"},
      {Bug::kWatchLosesEvents, "WatchLosesEvents"},
      {Bug::kDeletionsNotSeen, "DeletionsNotSeen"},
      {Bug::kRelistForgetsNothing, "RelistForgetsNothing"},
      {Bug::kPauseIgnored, "PauseIgnored"},
      {Bug::kPreventDestroyIgnored, "PreventDestroyIgnored"},
      {Bug::kRetainIgnored, "RetainIgnored"},
      {Bug::kWakeLost, "WakeLost"},
      {Bug::kTwoLooksAtOnce, "TwoLooksAtOnce"},
      {Bug::kReplayForEver, "ReplayForEver"},
      {Bug::kLeaseForgotten, "LeaseForgotten"},
      {Bug::kLeaseNotCheckedAgain, "LeaseNotCheckedAgain"},
      {Bug::kEpochForgotten, "EpochForgotten"},
      {Bug::kOthersClockBelieved, "OthersClockBelieved"},
      {Bug::kLeaseForced, "LeaseForced"},
      {Bug::kLeaseCountedTooLong, "LeaseCountedTooLong"},
      {Bug::kLeaseListStale, "LeaseListStale"},
      {Bug::kNoWatchdog, "NoWatchdog"},
      {Bug::kLedgerNotReadAnew, "LedgerNotReadAnew"},
      {Bug::kBudgetNotEmptied, "BudgetNotEmptied"},
      {Bug::kNobodyLooksAnew, "NobodyLooksAnew"},
      {Bug::kTurnTakenForOutage, "TurnTakenForOutage"},
      {Bug::kKeyQuoted, "KeyQuoted"},
      {Bug::kAnnotationQuoted, "AnnotationQuoted"},
      {Bug::kLogQuotes, "LogQuotes"},
      {Bug::kEventQuotes, "EventQuotes"},
      {Bug::kEventsUnlimited, "EventsUnlimited"},
      {Bug::kIntentAfterLease, "IntentAfterLease"},
      {Bug::kJournalLosesCommits, "JournalLosesCommits"},
      {Bug::kPoliciesIgnored, "PoliciesIgnored"},
      {Bug::kDeleteUnasked, "DeleteUnasked"},
      {Bug::kCreateWhileDeleting, "CreateWhileDeleting"},
      {Bug::kUnnamedAccountUsed, "UnnamedAccountUsed"},
      {Bug::kHistoryQuotes, "HistoryQuotes"},
      {Bug::kHotLoop, "HotLoop"},
      {Bug::kStandingConditionFalse, "StandingConditionFalse"},
      {Bug::kBothStanding, "BothStanding"},
      {Bug::kConditionAhead, "ConditionAhead"},
      {Bug::kReadyForgotten, "ReadyForgotten"},
  };
  return kNames.at(bug);
}

struct BugLayer::Parts {
  Parts(const Bugs& bugs, BugSeams own)
      : seams(std::move(own)),
        writer(bugs, seams),
        providers(bugs, seams),
        lease_store(bugs, seams.leases, seams.clock) {}
  const BugSeams seams;
  BugWriter writer;
  BugRegistry providers;
  BugLeaseStore lease_store;
  std::unique_ptr<BugGuards> guards;
  std::unique_ptr<BugFence> fence;
  std::unique_ptr<BugLedger> ledger;
};

BugLayer::BugLayer(const Bugs& bugs, BugSeams seams)
    : bugs_(bugs), parts_(std::make_unique<Parts>(bugs, std::move(seams))) {}

BugLayer::~BugLayer() = default;

ObjectWriter& BugLayer::writer() { return parts_->writer; }
ProviderRegistry& BugLayer::providers() { return parts_->providers; }
LeaseStore& BugLayer::leases() { return parts_->lease_store; }

Guards& BugLayer::Over(Guards& inner) {
  parts_->guards = std::make_unique<BugGuards>(bugs_, inner);
  return *parts_->guards;
}

Ledger& BugLayer::Over(Ledger& inner) {
  parts_->ledger = std::make_unique<BugLedger>(bugs_, inner, parts_->seams.objects);
  return *parts_->ledger;
}

Fence& BugLayer::Over(Fence& inner) {
  parts_->fence = std::make_unique<BugFence>(bugs_, inner);
  return *parts_->fence;
}

bool BugLayer::LosesWake() { return bugs_.Is(Bug::kWakeLost) && ++wakes_ % 3 == 0; }

std::optional<WatchEvent> BugLayer::Seen(WatchEvent event) {
  if (bugs_.Is(Bug::kRelistForgetsNothing)) return SeenOfList(std::move(event));
  if (bugs_.Is(Bug::kDeletionsNotSeen) && std::holds_alternative<Deleted>(event)) {
    return std::nullopt;
  }
  const auto* applied = std::get_if<Applied>(&event);
  if (!applied) return event;
  if (bugs_.Is(Bug::kWatchLosesEvents) && ++changes_ % 4 == 0) return std::nullopt;
  const auto* object = std::get_if<InstancePtr>(&applied->object);
  if (!object) return event;
  if (bugs_.Is(Bug::kPauseIgnored)) {
    return Shown(*object, [](InstanceObject& seen) { seen.meta.annotations.clear(); });
  }
  if (bugs_.Is(Bug::kPreventDestroyIgnored)) {
    return Shown(*object,
                 [](InstanceObject& seen) { seen.spec.prevent_destroy = PreventDestroy::kNo; });
  }
  if (bugs_.Is(Bug::kRetainIgnored)) {
    return Shown(*object,
                 [](InstanceObject& seen) { seen.spec.deletion_policy = DeletionPolicy::kDelete; });
  }
  if (bugs_.Is(Bug::kPoliciesIgnored)) {
    return Shown(*object, [](InstanceObject& seen) {
      seen.spec.management_policies = ManagementPolicies();
    });
  }
  const bool bound = !(*object)->status.external_name.empty();
  if (bugs_.Is(Bug::kDeleteUnasked) && bound && ++changes_ % 4 == 0) {
    return Shown(*object, [](InstanceObject& seen) {
      seen.meta.deletion_timestamp = seen.meta.creation_timestamp;
    });
  }
  if (bugs_.Is(Bug::kCreateWhileDeleting)) {
    return Shown(*object, [](InstanceObject& seen) { seen.meta.deletion_timestamp.reset(); });
  }
  return event;
}

std::optional<WatchEvent> BugLayer::SeenOfList(WatchEvent event) {
  const auto again = [this](std::optional<Kind> kind) {
    const auto list = lists_.find(kind);
    return list != lists_.end() && list->second > 1;
  };
  if (const auto* started = std::get_if<InitStarted>(&event)) {
    ++lists_[started->kind];
    if (again(started->kind)) return std::nullopt;
  }
  if (const auto* done = std::get_if<InitDone>(&event); done && again(done->kind)) {
    return std::nullopt;
  }
  if (auto* listed = std::get_if<InitApplied>(&event)) {
    const Kind kind = MetaOf(listed->object).key.kind;
    if (again(kind) || again(std::nullopt)) return Applied{std::move(listed->object)};
  }
  return event;
}

}  // namespace instanced
