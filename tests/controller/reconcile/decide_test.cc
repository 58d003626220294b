// decide() over every combination of what it can be told: a defined answer for each, and the
// promises of decide.h.
#include <array>
#include <utility>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "controller/reconcile/decide.h"

namespace instanced {
namespace {

using std::chrono::seconds;

const MonotonicTime kNow{std::chrono::hours(5)};

InstanceObject ObjectOf(Kind kind) {
  InstanceObject object;
  object.meta.key = {kind, "default", "one"};
  object.meta.uid = "uid";
  object.spec.for_provider = R"({"instanceName":"n","instanceAlias":"n","domainName":"n"})";
  return object;
}

Intent IntentOf(std::string_view operation) {
  Intent intent;
  intent.operation = operation;
  return intent;
}

// One of each class.
std::vector<Error> AllErrors() {
  std::vector<Error> all;
  for (int number = 0; number <= static_cast<int>(ErrorClass::kCancelled); ++number) {
    all.emplace_back().error_class = static_cast<ErrorClass>(number);
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
        present.diffs = {{"f", "", 1, 2, Mutability::kImmutable, ""}};
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
    }
  }
  all.push_back(LookedUp{{}, 0, kNow + seconds(9)});
  all.push_back(LookedUp{{}, 2, kNow + seconds(9)});
  return all;
}

std::vector<InstanceObject> AllObjects(Kind kind) {
  std::vector<InstanceObject> all;
  for (int life = 0; life < 3; ++life) {          // live, live with finalizer, deleting
    for (int record = 0; record < 5; ++record) {  // nothing, create, bound, replacing, unreadable
      for (int policy = 0; policy < 12; ++policy) {
        auto object = ObjectOf(kind);
        if (life > 0) object.meta.finalizers = {std::string(kFinalizerName)};
        if (life == 2) object.meta.deletion_timestamp = "2026-01-01T00:00:00Z";
        if (record == 1) object.status.intent = IntentOf(kCreateOperation);
        if (record == 2 || record == 3) object.status.external_name = "i-1";
        if (record == 3) object.status.intent = IntentOf(kReplaceOperation);
        if (record == 4) object.intent_unreadable = true;
        if (policy == 1) object.spec.deletion_policy = DeletionPolicy::kRetain;
        if (policy == 2) object.spec.prevent_destroy = PreventDestroy::kYes;
        if (policy == 3) object.spec.on_missing = OnMissing::kRecreate;
        if (policy == 4) object.spec.on_create_failed = OnCreateFailed::kRecreate;
        if (policy == 5) object.spec.replace_policy = ReplacePolicy::kRecreate;
        if (policy == 6) object.spec.management_policies = ManagementPolicies(1);
        if (policy == 7) object.spec.management_policies = ManagementPolicies(1 | 4 | 8);
        if (policy == 8) object.spec.management_policies = ManagementPolicies(1 | 2 | 4);
        if (policy == 9) object.spec.adoption_policy = AdoptionPolicy::kByNaturalKey;
        if (policy == 10) object.spec.adoption_policy = AdoptionPolicy::kNever;
        if (policy == 11) object.spec.external_name = "i-1";
        all.push_back(std::move(object));
      }
    }
  }
  return all;
}

std::vector<Circumstances> AllCircumstances(const InstanceObject& object) {
  std::vector<Circumstances> all;
  const auto errors = AllErrors();
  const int plain = 15;  // and from there on a cooldown after an error of each class
  for (int what = 0; what < plain + static_cast<int>(errors.size()); ++what) {
    for (int doubt = 0; doubt < 3; ++doubt) {
      Circumstances facts;
      const bool open = object.status.intent && object.status.intent->operation == kCreateOperation;
      if (open)
        facts.doubt = Doubt{doubt == 0 ? Replay::kOpen : Replay::kClosed,
                            doubt == 1 ? kNow + seconds(9) : kNow - seconds(9)};
      Error error;
      error.error_class = ErrorClass::kQuota;
      if (what == 1) facts.pause = Pause::kPaused;
      if (what == 2) facts.claim = ClaimHeld{{Kind::kConnectInstance, "default", "two"}, "it"};
      if (what == 3) facts.brake = BrakeSettling{kNow + seconds(2)};
      if (what == 4) facts.brake = BrakeHeld{"b1", "held"};
      if (what == 5) facts.brake = BrakeReleased{};
      if (what == 6) facts.churn = ChurnClosed{"used up"};
      if (what == 7) facts.identity = AccountMismatch{"1", "2"};
      if (what == 8) facts.identity = AccountUnverified{error};
      if (what == 9) facts.cooldown = Cooldown{error, kNow - seconds(9)};
      if (what == 10) facts.flap = Flap::kFlapping;
      if (what == 11) facts.binding = Binding::kFresh;
      if (what == 12) facts.lease_left = seconds(5);
      if (what == 13) facts.bound_domain = "1/here";
      if (what == 14) facts.replacement = Replacement::kNotBegun;
      if (what >= plain) {
        facts.cooldown =
            Cooldown{errors[static_cast<std::size_t>(what - plain)], kNow + seconds(9)};
      }
      all.push_back(facts);
      if (!open) break;
    }
  }
  return all;
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

void Promises(const InstanceObject& object, const Observed& observed, const Circumstances& facts,
              const Decision& decision) {
  const bool mutates = IsAnyOf<Create, Update, Delete, Unbind>(decision);
  const bool deleting = object.meta.IsDeleting();
  if (mutates) {
    EXPECT_TRUE(std::holds_alternative<AccountVerified>(facts.identity));
    EXPECT_EQ(facts.pause, Pause::kRunning);
    EXPECT_GT(facts.lease_left, facts.call_deadline);
    EXPECT_FALSE(std::holds_alternative<ClaimHeld>(facts.claim) && !deleting);
    EXPECT_FALSE(std::holds_alternative<BrakeHeld>(facts.brake));
  }
  if (const auto* create = std::get_if<Create>(&decision)) {
    EXPECT_FALSE(deleting);
    EXPECT_FALSE(object.intent_unreadable);
    const bool fresh = create->attempt_kind == CreateTry::kFresh;
    EXPECT_EQ(fresh, !object.status.intent.has_value());
    EXPECT_TRUE(object.meta.HasFinalizer(kFinalizerName) || !fresh);
  }
  const auto* hold = std::get_if<Hold>(&decision);
  if (hold && hold->reason == Reason::kAccountUnverified) {
    // A token service that was away for a moment holds nobody for long.
    EXPECT_TRUE(hold->until && *hold->until <= kNow + seconds(60));
  }
  const bool unguarded = !deleting && !facts.bound_domain.empty() &&
                         !object.meta.HasFinalizer(kFinalizerName) &&
                         !object.spec.management_policies.ObserveOnly();
  if (unguarded) {
    // Nothing is looked for, taken over or changed before its removal could be noticed.
    EXPECT_FALSE((IsAnyOf<LookUp, Observe, Adopt, Create, Update, Delete, Unbind>(decision)));
  }
  if (std::holds_alternative<ObserveFailed>(observed)) {
    EXPECT_FALSE((IsAnyOf<Create, Unbind, CloseIntent>(decision)));
  }
  if (const auto* present = std::get_if<Present>(&observed)) {
    const bool foreign =
        present->match == MarkMatch::kForeign || present->match == MarkMatch::kOtherObject;
    EXPECT_FALSE((foreign && IsAnyOf<Adopt, Update, Delete>(decision)));
  }
  if (IsAnyOf<Delete>(decision)) {
    EXPECT_EQ(object.spec.prevent_destroy, PreventDestroy::kNo);
    EXPECT_TRUE(object.spec.management_policies.Allows(ManagementPolicy::kDelete));
  }
  if (object.spec.management_policies.ObserveOnly()) {
    EXPECT_FALSE((IsAnyOf<Create, Update, Delete>(decision)));
  }
}

TEST(Decide, AnIdentityThatOnlyWaitsForItsTurnIsAskedWhenThatComes) {
  auto object = ObjectOf(Kind::kConnectInstance);
  object.meta.finalizers = {std::string(kFinalizerName)};
  Error deferred;
  deferred.error_class = ErrorClass::kDeferred;
  deferred.retry_after = std::chrono::milliseconds(700);
  Circumstances facts;
  facts.identity = AccountUnverified{deferred};
  LookedUp nothing;
  nothing.absent_reads = 2;
  const auto decision = Decide(object, nothing, facts, kNow);
  const auto* hold = std::get_if<Hold>(&decision);
  ASSERT_TRUE(hold && hold->until) << Explain(decision);
  EXPECT_EQ(hold->reason, Reason::kAccountUnverified);
  EXPECT_EQ(*hold->until, kNow + std::chrono::milliseconds(700));
}

TEST(Decide, EveryCombinationHasAnAnswerThatKeepsThePromises) {
  const auto observed = AllObserved();
  std::size_t combinations = 0;
  for (const Kind kind : InstanceKinds()) {
    for (const auto& object : AllObjects(kind)) {
      for (const auto& facts : AllCircumstances(object)) {
        for (const auto& seen : observed) {
          const auto decision = Decide(object, seen, facts, kNow);
          Promises(object, seen, facts, decision);
          EXPECT_FALSE(AsksAgain(decision, seen));
          ++combinations;
          if (!::testing::Test::HasFailure()) continue;
          FAIL() << ToString(kind) << " deleting " << object.meta.IsDeleting() << " id '"
                 << object.status.external_name << "' observed " << seen.index() << ": "
                 << Explain(decision);
        }
      }
    }
  }
  fmt::print("combinations of decide(): {}\n", combinations);
}

}  // namespace
}  // namespace instanced
