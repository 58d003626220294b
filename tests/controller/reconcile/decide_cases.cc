#include "tests/controller/reconcile/decide_cases.h"

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <utility>

namespace instanced::decide_cases {
namespace {

using std::chrono::seconds;

using Thing = std::function<void(Circumstances&)>;

Error ErrorOf(ErrorClass error_class) {
  Error error;
  error.error_class = error_class;
  return error;
}

// What cannot be so at the same time stands in one group.
std::vector<std::vector<Thing>> Things() {
  using C = Circumstances;
  std::vector<std::vector<Thing>> groups{
      {[](C& facts) { facts.pause = Pause::kPaused; }},
      {[](C& facts) { facts.claim = ClaimHeld{{Kind::kConnectInstance, "default", "two"}, "it"}; }},
      {[](C& facts) { facts.brake = BrakeSettling{kNow + seconds(2)}; },
       [](C& facts) { facts.brake = BrakeHeld{"b1", "held"}; },
       [](C& facts) { facts.brake = BrakeReleased{}; }},
      {[](C& facts) { facts.churn = ChurnClosed{"used up"}; }},
      {[](C& facts) { facts.identity = AccountMismatch{"1", "2"}; },
       [](C& facts) { facts.identity = AccountUnverified{ErrorOf(ErrorClass::kQuota)}; },
       [](C& facts) { facts.identity = AccountUnverified{ErrorOf(ErrorClass::kDeferred)}; }},
      {[](C& facts) { facts.flap = Flap::kFlapping; }},
      {[](C& facts) { facts.binding = Binding::kFresh; }},
      {[](C& facts) { facts.lease_left = seconds(5); }},
      {[](C& facts) { facts.bound_domain = "1/here"; },
       [](C& facts) { facts.bound_domain = "1/elsewhere"; }},
      {[](C& facts) { facts.replacement = Replacement::kNotBegun; }},
  };
  auto& cooldowns = groups.emplace_back();
  cooldowns.push_back(
      [](C& facts) { facts.cooldown = Cooldown{ErrorOf(ErrorClass::kQuota), kNow - seconds(9)}; });
  // One of each reaction; one circumstance at a time has every class.
  for (const auto error : {ErrorClass::kThrottled, ErrorClass::kTransient, ErrorClass::kInDoubt,
                           ErrorClass::kAuth, ErrorClass::kWriteConflict}) {
    cooldowns.push_back(
        [error](C& facts) { facts.cooldown = Cooldown{ErrorOf(error), kNow + seconds(9)}; });
  }
  return groups;
}

// With an open create each is threefold: it may be sent again, has not settled, has settled.
void AddWithDoubts(bool open, const Circumstances& facts, std::vector<Circumstances>& all) {
  if (!open) return all.push_back(facts);
  for (int doubt = 0; doubt < 3; ++doubt) {
    all.push_back(facts);
    all.back().doubt = Doubt{doubt == 0 ? Replay::kOpen : Replay::kClosed,
                             doubt == 1 ? kNow + seconds(9) : kNow - seconds(9)};
  }
}

template <class... Kinds>
bool IsAnyOf(const Decision& decision) {
  return (std::holds_alternative<Kinds>(decision) || ...);
}

// What a fact that was just read must not lead to: asking for the same fact again for ever.
bool AsksAgain(const Decision& decision, const Observed& observed) {
  if (std::holds_alternative<NotObserved>(observed)) return false;
  if (std::holds_alternative<LookedUp>(observed)) return IsAnyOf<LookUp>(decision);
  return IsAnyOf<Observe>(decision);
}

const char* BrokenByACall(const InstanceObject& object, const Circumstances& facts,
                          const Decision& decision, MonotonicTime now) {
  const bool deleting = object.meta.IsDeleting();
  const bool calls = IsAnyOf<Create, Update, Delete>(decision);
  if (!calls && !IsAnyOf<Unbind>(decision)) return nullptr;
  if (!std::holds_alternative<AccountVerified>(facts.identity)) return "the account is verified";
  if (facts.pause == Pause::kPaused) return "what is paused is left alone";
  if (facts.lease_left <= facts.call_deadline) return "the lease outlasts the call";
  if (std::holds_alternative<ClaimHeld>(facts.claim) && !deleting) return "the claim is ours";
  if (std::holds_alternative<BrakeHeld>(facts.brake)) return "a brake holds";
  const bool elsewhere = !object.status.external_name.empty() &&
                         facts.bound_domain == "1/elsewhere" && !object.status.bound_domain.empty();
  if (elsewhere) return "what was bound in one domain is not changed in another";
  if (calls && facts.cooldown && facts.cooldown->until > now) return "a failed call rests";
  if (IsAnyOf<Update>(decision) && facts.flap == Flap::kFlapping) return "what flaps is left alone";
  if (object.spec.management_policies.ObserveOnly() && calls) return "observed only";
  return nullptr;
}

const char* BrokenByCreate(const InstanceObject& object, const Circumstances& facts,
                           const Create& create) {
  const bool fresh = create.attempt_kind == CreateTry::kFresh;
  if (object.meta.IsDeleting()) return "what is deleted is not created";
  if (object.intent_unreadable) return "an unreadable intent is resolved first";
  if (fresh == object.status.intent.has_value()) return "an open intent is resolved first";
  if (fresh && !object.meta.HasFinalizer(kFinalizerName)) return "the finalizer comes first";
  if (fresh && std::holds_alternative<ChurnClosed>(facts.churn)) return "the quota is kept";
  if (!object.spec.management_policies.Allows(ManagementPolicy::kCreate)) return "without Create";
  return nullptr;
}

const char* BrokenByDelete(const InstanceObject& object, const Observed& observed,
                           const Circumstances& facts, const Delete& action) {
  const auto& spec = object.spec;
  if (spec.prevent_destroy == PreventDestroy::kYes) return "preventDestroy";
  if (!spec.management_policies.Allows(ManagementPolicy::kDelete)) return "without Delete";
  if (std::holds_alternative<ChurnClosed>(facts.churn)) return "the quota is kept";
  const bool deleting = object.meta.IsDeleting();
  if (deleting != (action.cause == DeleteCause::kObjectDeleted)) return "the cause is the object's";
  if (deleting && spec.deletion_policy == DeletionPolicy::kRetain) return "Retain";
  const bool settling = std::holds_alternative<BrakeSettling>(facts.brake);
  if (deleting && settling) return "deletions wait for each other";
  if (action.cause == DeleteCause::kFailedCreate &&
      spec.on_create_failed != OnCreateFailed::kRecreate) {
    return "onCreateFailed is Alert";
  }
  const bool under_way =
      object.status.intent && object.status.intent->operation == kReplaceOperation;
  if (action.cause == DeleteCause::kReplace && !under_way &&
      spec.replace_policy != ReplacePolicy::kRecreate) {
    return "replacePolicy is Hold";
  }
  return std::holds_alternative<Present>(observed) ? nullptr : "only what is there is deleted";
}

const char* BrokenByTakingOver(const Observed& observed, const Decision& decision) {
  if (const auto* present = std::get_if<Present>(&observed)) {
    const bool anothers = present->match == MarkMatch::kForeign ||
                          present->match == MarkMatch::kOtherObject ||
                          present->observation.adoptable == Adoptable::kPreset;
    if (anothers && IsAnyOf<Adopt, Update, Delete>(decision)) return "another's is left alone";
  }
  const auto* listed = std::get_if<LookedUp>(&observed);
  const auto* adopt = std::get_if<Adopt>(&decision);
  if (!listed || !adopt) return nullptr;
  for (const auto& candidate : listed->candidates) {
    if (candidate.external_name != adopt->external_name) continue;
    if (candidate.claimed_by) return "what another object holds is not taken";
    const bool anothers =
        candidate.match == MarkMatch::kForeign || candidate.match == MarkMatch::kOtherObject;
    if (anothers && candidate.takeover == Candidate::Takeover::kNo) return "another's is not taken";
    if (candidate.lifecycle == Lifecycle::kGone) return "what is gone is not taken";
  }
  return nullptr;
}

}  // namespace

std::size_t OneIn(std::size_t otherwise) {
  const char* asked = std::getenv("DECIDE_ONE_IN");
  return asked ? static_cast<std::size_t>(std::max(1, std::atoi(asked))) : otherwise;
}

InstanceObject ObjectOf(Kind kind) {
  InstanceObject object;
  object.meta.key = {kind, "default", "one"};
  object.meta.uid = "uid";
  object.spec.for_provider = R"({"instanceName":"n","instanceAlias":"n","domainName":"n"})";
  return object;
}

std::vector<Error> AllErrors() {
  std::vector<Error> all;
  for (int number = 0; number <= static_cast<int>(ErrorClass::kCancelled); ++number) {
    all.push_back(ErrorOf(static_cast<ErrorClass>(number)));
  }
  return all;
}

std::vector<Observed> AllObserved() {
  std::vector<Observed> all{NotObserved{}, Absent{1, kNow + seconds(9)},
                            Absent{2, kNow + seconds(9)}};
  for (auto& error : AllErrors()) all.push_back(ObserveFailed{std::move(error)});
  for (const auto match : {MarkMatch::kNone, MarkMatch::kOurs, MarkMatch::kOtherObject,
                           MarkMatch::kForeign, MarkMatch::kOursOtherUid}) {
    for (int cycle = 0; cycle <= static_cast<int>(Lifecycle::kUnknown); ++cycle) {
      Present present;
      present.observation.external_name = "i-1";
      present.observation.lifecycle = static_cast<Lifecycle>(cycle);
      present.match = match;
      all.push_back(present);
      if (present.observation.lifecycle == Lifecycle::kReady) {
        present.diffs = {{"f", "", 1, 2, Mutability::kMutable, "Update"}};
        all.push_back(present);
        present.diffs = {{"f", "", 1, 2, Mutability::kMutable, ""}};
        all.push_back(present);
        present.diffs = {{"f", "", 1, 2, Mutability::kImmutable, ""}};
        all.push_back(present);
        present.observation.adoptable = Adoptable::kPreset;
        all.push_back(present);
      }
      LookedUp looked_up;
      Candidate candidate;
      candidate.external_name = "i-1";
      candidate.match = match;
      candidate.lifecycle = static_cast<Lifecycle>(cycle);
      for (const auto key : {Candidate::NaturalKey::kDiffers, Candidate::NaturalKey::kEqual}) {
        candidate.natural_key = key;
        looked_up.candidates = {candidate};
        looked_up.absent_reads = 2;
        all.push_back(looked_up);
      }
      if (candidate.lifecycle != Lifecycle::kReady) continue;
      looked_up.candidates.push_back(candidate);
      looked_up.candidates.back().external_name = "i-2";
      all.push_back(looked_up);
      candidate.claimed_by = ObjectKey{Kind::kConnectInstance, "default", "two"};
      looked_up.candidates = {candidate};
      all.push_back(looked_up);
      candidate.claimed_by.reset();
      candidate.takeover = Candidate::Takeover::kApproved;
      looked_up.candidates = {candidate};
      all.push_back(looked_up);
    }
  }
  all.push_back(LookedUp{{}, 0, kNow + seconds(9)});
  all.push_back(LookedUp{{}, 2, kNow + seconds(9)});
  return all;
}

InstanceObject RecordedObject(Kind kind, int life, int record) {
  auto object = ObjectOf(kind);
  if (life > 0) object.meta.finalizers = {std::string(kFinalizerName)};
  if (life == 2) object.meta.deletion_timestamp = "2026-01-01T00:00:00Z";
  Intent intent;
  intent.operation = record == 1 ? kCreateOperation : kReplaceOperation;
  if (record == 1 || record == 3) object.status.intent = intent;
  if (record == 2 || record == 3) {
    object.status.external_name = "i-1";
    object.status.bound_domain = "1/here";
  }
  object.intent_unreadable = record == 4;
  return object;
}

bool HasOpenCreate(const InstanceObject& object) {
  return object.status.intent && object.status.intent->operation == kCreateOperation;
}

void SetPolicy(InstanceSpec& spec, int policy) {
  if (policy == 1) spec.deletion_policy = DeletionPolicy::kRetain;
  if (policy == 2) spec.prevent_destroy = PreventDestroy::kYes;
  if (policy == 3) spec.on_missing = OnMissing::kRecreate;
  if (policy == 4) spec.on_create_failed = OnCreateFailed::kRecreate;
  if (policy == 5) spec.replace_policy = ReplacePolicy::kRecreate;
  if (policy == 6) spec.management_policies = ManagementPolicies(1);
  if (policy == 7) spec.management_policies = ManagementPolicies(1 | 4 | 8);
  if (policy == 8) spec.management_policies = ManagementPolicies(1 | 2 | 4);
  if (policy == 9) spec.adoption_policy = AdoptionPolicy::kByNaturalKey;
  if (policy == 10) spec.adoption_policy = AdoptionPolicy::kNever;
  if (policy == 11) spec.external_name = "i-1";
}

std::vector<InstanceSpec> PolicyProducts(const InstanceSpec& spec) {
  std::vector<InstanceSpec> all{spec};
  // Of each group one or none.
  const std::vector<std::vector<int>> groups{{1}, {2}, {3}, {4}, {5}, {6, 7, 8}, {9, 10}, {11}};
  for (const auto& group : groups) {
    const auto so_far = all.size();
    for (const int policy : group) {
      for (std::size_t one = 0; one < so_far; ++one) {
        all.push_back(all[one]);
        SetPolicy(all.back(), policy);
      }
    }
  }
  const auto so_far = all.size();
  for (std::size_t one = 0; one < so_far; ++one) {
    if (!(all[one].management_policies == ManagementPolicies())) continue;
    all.push_back(all[one]);
    all.back().management_policies = ManagementPolicies(1 | 2 | 8);  // all but Update
  }
  return all;
}

std::vector<Circumstances> SingleCircumstances(const InstanceObject& object) {
  std::vector<Circumstances> all;
  const bool open = HasOpenCreate(object);
  AddWithDoubts(open, {}, all);
  for (const auto& group : Things()) {
    for (const auto& thing : group) {
      Circumstances facts;
      thing(facts);
      AddWithDoubts(open, facts, all);
    }
  }
  for (const auto& error : AllErrors()) {
    Circumstances facts;
    facts.cooldown = Cooldown{error, kNow + seconds(9)};
    AddWithDoubts(open, facts, all);
    facts.cooldown.reset();
    facts.identity = AccountUnverified{error};
    AddWithDoubts(open, facts, all);
  }
  return all;
}

std::vector<Circumstances> PairsOfCircumstances(const InstanceObject& object) {
  std::vector<Circumstances> all;
  const auto groups = Things();
  for (std::size_t one = 0; one < groups.size(); ++one) {
    for (std::size_t other = one + 1; other < groups.size(); ++other) {
      for (const auto& first : groups[one]) {
        for (const auto& second : groups[other]) {
          Circumstances facts;
          first(facts);
          second(facts);
          AddWithDoubts(HasOpenCreate(object), facts, all);
        }
      }
    }
  }
  return all;
}

const char* BrokenPromise(const InstanceObject& object, const Observed& observed,
                          const Circumstances& facts, const Decision& decision, MonotonicTime now) {
  if (AsksAgain(decision, observed)) return "what was read is not asked for again";
  if (const auto* broken = BrokenByACall(object, facts, decision, now)) return broken;
  if (const auto* create = std::get_if<Create>(&decision)) {
    if (const auto* broken = BrokenByCreate(object, facts, *create)) return broken;
  }
  if (const auto* action = std::get_if<Delete>(&decision)) {
    if (const auto* broken = BrokenByDelete(object, observed, facts, *action)) return broken;
  }
  if (const auto* broken = BrokenByTakingOver(observed, decision)) return broken;
  const auto* hold = std::get_if<Hold>(&decision);
  if (hold && hold->reason == Reason::kAccountUnverified &&
      !(hold->until && *hold->until <= now + seconds(60))) {
    return "a token service that was away for a moment holds nobody for long";
  }
  const bool unguarded = !object.meta.IsDeleting() && !facts.bound_domain.empty() &&
                         !object.meta.HasFinalizer(kFinalizerName) &&
                         !object.spec.management_policies.ObserveOnly();
  if (unguarded && IsAnyOf<LookUp, Observe, Adopt, Create, Update, Delete, Unbind>(decision)) {
    return "nothing is looked for or changed before its removal could be noticed";
  }
  if (!std::holds_alternative<ObserveFailed>(observed)) return nullptr;
  const bool early = object.meta.IsDeleting() && IsAnyOf<RemoveFinalizer>(decision) &&
                     std::get<RemoveFinalizer>(decision).exit == FinalizerExit::kDeleted;
  if (early || IsAnyOf<Create, Unbind, CloseIntent>(decision))
    return "a failed read proves nothing";
  return nullptr;
}

}  // namespace instanced::decide_cases
