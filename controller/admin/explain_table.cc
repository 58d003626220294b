#include "controller/admin/explanation.h"

#include <algorithm>
#include <array>

namespace instanced {
namespace {

struct Step {
  enum class How {
    kNone,
    kObjectCommand,  // `what` is the verb
    kCommand,        // `what` is the whole command
    kBrakeCommand,   // `what` wants the brake's id behind it
    kIfBraked,       // the same, left out where no brake holds the object
    kField,
    kElsewhere,  // neither a command nor a field
  } how = How::kNone;
  std::string_view text;
  std::string_view what;
};

struct Row {
  Reason reason;
  std::string_view meaning;
  std::array<Step, 3> steps;
};

using enum Step::How;

// What goes on by itself is looked at when its time comes, or when somebody asks.
constexpr Step kLookNow{kObjectCommand, "have it looked at now", "reconcile"};
constexpr Step kThenLook{kObjectCommand, "then have it looked at at once", "reconcile"};

// docs/conditions.md says the same at more length.
constexpr std::array kRows = {
    Row{Reason::kPending, "it has not been looked at yet", {kLookNow}},
    Row{Reason::kAvailable, "the cloud says that the instance can be used", {}},
    Row{Reason::kReconcileSuccess,
        "the last pass found everything in line or carried out what was missing",
        {}},
    Row{Reason::kReconcileError,
        "the last pass failed",
        {Step{kObjectCommand, "see which calls failed", "history"}, kThenLook}},
    Row{Reason::kCreating, "the instance was asked for and is not there yet", {kLookNow}},
    Row{Reason::kUpdating, "a declared field is being changed at the cloud", {kLookNow}},
    Row{Reason::kReplacing,
        "the instance is being deleted so that it can be made anew, as replacePolicy says",
        {kLookNow}},
    Row{Reason::kDeleting, "the instance is being deleted", {kLookNow}},
    Row{Reason::kProgressing,
        "the cloud is changing the instance by itself, or another look is due",
        {kLookNow}},
    Row{Reason::kWaitingForBudget,
        "the account's rate leaves no free slot yet; nothing was sent",
        {Step{kField, "allow more calls, if the cloud does", "ProviderConfig spec.budgets"},
         Step{kCommand, "see what waits", "instancectl budgets"}}},
    Row{Reason::kThrottled,
        "the cloud asked to slow down, and only this account is slowed",
        {Step{kObjectCommand, "have it tried now, from the share of the rate kept for people",
              "reconcile"},
         Step{kCommand, "see the learned rates", "instancectl budgets"}}},
    Row{Reason::kInDoubt,
        "a create may or may not have worked; it is found out before anything else is done",
        {Step{kField, "wait, or name the instance if you can see at the cloud that it was made",
              "spec.externalName"}}},
    Row{Reason::kBusy,
        "the instance is in use or changing, so the cloud refuses changes for now",
        {kLookNow}},
    Row{Reason::kTransientError,
        "a call failed in a way that is worth trying again",
        {Step{kObjectCommand, "have it tried now", "reconcile"},
         Step{kObjectCommand, "see which calls failed", "history"}}},
    Row{Reason::kCreateFailed,
        "the cloud gave up creating the instance",
        {Step{kField, "have the failed one deleted and a new one made",
              "spec.onCreateFailed: Recreate"}}},
    Row{Reason::kDeleteFailed,
        "the cloud gave up deleting the instance",
        {Step{kElsewhere, "fix what the message names, or delete it in the cloud's console", ""},
         Step{kObjectCommand, "then have the deletion tried again", "reconcile"}}},
    Row{Reason::kSuspended,
        "the instance exists and the cloud has stopped it",
        {Step{kElsewhere, "settle it with the cloud, mostly a payment", ""}, kThenLook}},
    Row{Reason::kUnknownState,
        "the instance is in a state that this release does not know",
        {Step{kElsewhere, "look at the instance in the cloud's console", ""}, kThenLook}},
    Row{Reason::kNotFound,
        "there is no such instance and none may be created",
        {Step{kField, "correct the id", "spec.externalName"},
         Step{kField, "or allow a new one",
              "spec.managementPolicies: [Observe, Create, Update, Delete]"}}},
    Row{Reason::kMissing,
        "the instance was there and is gone, and onMissing says Alert",
        {Step{kField, "have a new one made", "spec.onMissing: Recreate"}}},
    Row{Reason::kNameTaken,
        "the alias, domain or name belongs to something else",
        {Step{kField, "choose another name", "spec.forProvider"},
         Step{kField, "or take over the instance that has it", "spec.externalName"}}},
    Row{Reason::kAlreadyClaimed,
        "another object holds this instance",
        {Step{kField, "name another instance", "spec.forProvider"},
         Step{kElsewhere, "or remove one of the two objects; deleting this one deletes nothing",
              ""}}},
    Row{Reason::kForeignOwner,
        "the instance bears another installation's mark",
        {Step{kIfBraked, "have it taken over, if this installation should hold it",
              "instancectl approve "},
         Step{kElsewhere, "or leave it alone: name another instance, or remove this object", ""}}},
    Row{Reason::kImmutableField,
        "a field was changed that the API cannot change",
        {Step{kField, "restore the field", "spec.forProvider"},
         Step{kField, "or have the instance replaced", "spec.replacePolicy: Recreate"}}},
    Row{Reason::kDriftNotRepairable,
        "the instance differs and there is no call, or no permission, to repair it",
        {Step{kField, "declare what exists", "spec.forProvider"},
         Step{kElsewhere, "or change it in the cloud's console", ""}}},
    Row{Reason::kFlappingDiff,
        "the same change was written again and again and never stays",
        {Step{kElsewhere, "find who changes it back", ""},
         Step{kObjectCommand, "then have it tried again", "reconcile"}}},
    Row{Reason::kAuthFailed,
        "the credential was refused, has expired or lacks a permission",
        {Step{kField, "renew the credential or its policy", "ProviderConfig spec.*.credentials"},
         Step{kObjectCommand, "then look at once", "reconcile"}}},
    Row{Reason::kQuotaExceeded,
        "a limit of the account is reached",
        {Step{kElsewhere, "raise the quota at the cloud, or delete what is not needed", ""},
         Step{kObjectCommand, "then look at once", "reconcile"}}},
    Row{Reason::kChurnBudget,
        "our ledger of creates and deletes refuses before the cloud locks the account",
        {Step{kField, "take over an instance that exists instead of making one",
              "spec.externalName"},
         Step{kField, "raise it where the cloud's own limit is higher, and restart",
              "--churn-limit"},
         Step{kCommand, "see how much is left", "instancectl budgets"}}},
    Row{Reason::kNotOffered,
        "the API is closed to this account",
        {Step{kField, "create the instance in the cloud's console and name it",
              "spec.externalName"}}},
    Row{Reason::kInvalid,
        "the spec, or what a request names, is refused as wrong",
        {Step{kField, "correct the field that the message names", "spec.forProvider"}}},
    Row{Reason::kTerminalError,
        "it cannot work as it stands: unknown API or wrong endpoint",
        {Step{kField, "correct the endpoint or region", "ProviderConfig spec"}}},
    Row{Reason::kPaused,
        "the annotation instanced.dev/paused stops all work on the object",
        {Step{kObjectCommand, "end the pause", "resume"}}},
    Row{Reason::kPreventDestroy,
        "deletion was asked for and spec.preventDestroy forbids it",
        {Step{kField, "allow it", "spec.preventDestroy: false"},
         Step{kElsewhere, "or declare the object again", ""}}},
    Row{Reason::kAwaitingApproval,
        "a brake holds this, and nothing is touched at the cloud",
        {Step{kBrakeCommand, "have the held instances deleted", "instancectl approve "},
         Step{kBrakeCommand, "or let the objects go and keep their instances",
              "instancectl release "}}},
    Row{Reason::kProviderConfigMissing,
        "the ProviderConfig that the object names is not there",
        {Step{kField, "create it, or name another", "spec.providerConfigRef"}}},
    Row{Reason::kProviderConfigInvalid,
        "the ProviderConfig is there and cannot be used",
        {Step{kField, "correct what the message names", "ProviderConfig spec"}}},
    Row{Reason::kAccountMismatch,
        "the credential belongs to another account than declared, or a bound object was moved",
        {Step{kField, "correct it", "ProviderConfig spec.*.accountId"},
         Step{kIfBraked, "or let this object work in the account that the credential belongs to",
              "instancectl approve "}}},
    Row{Reason::kAccountUnverified,
        "nobody answered whose credential it is, so the object is only observed",
        {Step{kField, "correct the way to the token service, if it is wrong",
              "ProviderConfig spec.*.endpoints.sts"},
         Step{kElsewhere, "or allow GetCallerIdentity and the way to it", ""}, kThenLook}},
    Row{Reason::kContradiction,
        "the evidence about a doubtful create does not fit together",
        {Step{kField, "name the right one of the instances in the message", "spec.externalName"}}},
    Row{Reason::kStoreUnavailable,
        "the state file cannot be read or written, so nothing is called",
        {Step{kElsewhere, "free disk space or repair permissions", ""},
         Step{kObjectCommand, "then have it tried at once", "reconcile"}}},
    Row{Reason::kObserveOnly,
        "managementPolicies leave nothing but looking",
        {Step{kField, "allow changes",
              "spec.managementPolicies: [Observe, Create, Update, Delete]"}}},
};

const Row* FindRow(Reason reason) {
  const auto row = std::ranges::find(kRows, reason, &Row::reason);
  return row == kRows.end() ? nullptr : &*row;
}

}  // namespace

std::string_view MeaningOf(Reason reason) {
  const Row* row = FindRow(reason);
  return row == nullptr ? std::string_view() : row->meaning;
}

std::vector<NextStep> StepsFor(Reason reason, const ObjectKey& key, std::string_view brake_id) {
  std::vector<NextStep> steps;
  const Row* row = FindRow(reason);
  if (row == nullptr) return steps;
  for (const Step& step : row->steps) {
    NextStep next{std::string(step.text), "", ""};
    switch (step.how) {
      case kNone:
        continue;
      case kObjectCommand:
        next.command = "instancectl " + std::string(step.what) + " " + ToString(key);
        break;
      case kCommand:
        next.command = step.what;
        break;
      case kBrakeCommand:
        next.command = std::string(step.what) + std::string(brake_id.empty() ? "ID" : brake_id);
        break;
      case kIfBraked:
        if (brake_id.empty()) continue;
        next.command = std::string(step.what) + std::string(brake_id);
        break;
      case kField:
        next.field = step.what;
        break;
      case kElsewhere:
        break;
    }
    steps.push_back(std::move(next));
  }
  return steps;
}

}  // namespace instanced
