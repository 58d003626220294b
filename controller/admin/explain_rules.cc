#include <algorithm>
#include <array>

#include "controller/admin/explanation.h"

namespace instanced {
namespace {

struct Rule {
  Reason reason;
  std::string_view text;
};

// What stands behind a reason that no single failed call explains.
constexpr std::array kRules = {
    Rule{Reason::kMissing, "two reads in a row found nothing, and spec.onMissing is Alert"},
    Rule{Reason::kNotFound,
         "the cloud does not know spec.externalName, or spec.managementPolicies lacks Create"},
    Rule{
        Reason::kNameTaken,
        "spec.forProvider names what only one instance may be called, and spec.adoptionPolicy does "
        "not take it over"},
    Rule{Reason::kAlreadyClaimed, "the first recorded claim on an instance holds"},
    Rule{Reason::kForeignOwner,
         "the mark on the instance names another owner than this installation's --owner-id"},
    Rule{Reason::kImmutableField,
         "the API has no call that changes the field, and spec.replacePolicy is Hold"},
    Rule{Reason::kDriftNotRepairable,
         "the API has no call that repairs the field, or spec.managementPolicies lacks Update"},
    Rule{Reason::kFlappingDiff, "equal updates in a row that did not settle are stopped"},
    Rule{Reason::kPaused, "metadata.annotations instanced.dev/paused: \"true\""},
    Rule{Reason::kPreventDestroy, "spec.preventDestroy: true"},
    Rule{Reason::kAwaitingApproval,
         "what looks like an accident is held until a person has looked"},
    Rule{Reason::kProviderConfigMissing, "spec.providerConfigRef"},
    Rule{Reason::kProviderConfigInvalid, "the ProviderConfig that spec.providerConfigRef names"},
    Rule{Reason::kAccountMismatch,
         "GetCallerIdentity answered another account than the ProviderConfig's accountId"},
    Rule{Reason::kAccountUnverified,
         "GetCallerIdentity comes before the first change made with a credential"},
    Rule{Reason::kContradiction, "a name that only one instance may have, on one that is not ours"},
    Rule{Reason::kStoreUnavailable, "nothing is called that could not be recorded"},
    Rule{Reason::kObserveOnly, "spec.managementPolicies: [Observe]"},
    Rule{Reason::kChurnBudget, "the ledger of creates and deletes within 30 days"},
    Rule{Reason::kWaitingForBudget, "the account's rate, less the share kept free for people"},
    Rule{Reason::kCreateFailed, "the cloud reports that the creation failed"},
    Rule{Reason::kDeleteFailed, "the cloud reports that the deletion failed"},
    Rule{Reason::kSuspended, "the cloud reports that it stopped the instance"},
    Rule{Reason::kUnknownState, "the cloud reports a state that is in none of our tables"},
};

}  // namespace

std::string_view RuleOf(Reason reason) {
  const auto rule = std::ranges::find(kRules, reason, &Rule::reason);
  return rule == kRules.end() ? std::string_view() : rule->text;
}

}  // namespace instanced
