// A live object, over every combination of what is recorded, what exists at the cloud, whose it is,
// how it differs, the policies and what stands in the way for a while: with a cloud that carries
// out what it is asked in the end, and trouble that ends, it is Done, or held for a reason that its
// own declaration or the instance gives; never without end, and never with two instances.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "controller/reconcile/retry_table.h"
#include "tests/controller/reconcile/decide_cases.h"

namespace instanced {
namespace {

using namespace decide_cases;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Duration kTwoReadsApart = seconds(30);
constexpr Duration kTroubleLasts = minutes(2);
constexpr Duration kSettles = seconds(60);
constexpr Duration kTokenLives = minutes(10);
constexpr int kMostPasses = 500;
constexpr std::size_t kBeginningsOneIn = 7;

enum class Hindrance {
  kNone,
  kPaused,
  kClaimed,
  kBraked,
  kChurnClosed,
  kMismatch,
  kShortLease,
  kFlapping,
  kFreshBinding,
  kCreateGivenUp,
  kUnverified,  // from here on with an error of each class
  kCooldown,
  kReadsFail,
  kCallRefused,
  kAnswerLost,
};
constexpr int kHindrances = 15;
bool ComesWithError(Hindrance hindrance) { return hindrance >= Hindrance::kUnverified; }

enum class Differs { kNowhere, kRepairable, kBeyondRepair, kImmutable };

struct Beginning {
  Kind kind = Kind::kConnectInstance;
  int life = 1;    // of decide_cases: live, live with finalizer
  int record = 0;  // of decide_cases
  int policy = 0;  // of decide_cases
  std::optional<Lifecycle> there;
  MarkMatch match = MarkMatch::kOurs;
  Differs differs = Differs::kNowhere;
  Candidate::NaturalKey natural_key = Candidate::NaturalKey::kEqual;
  Hindrance hindrance = Hindrance::kNone;
  ErrorClass error = ErrorClass::kTransient;
};

std::string Describe(const Beginning& it) {
  return fmt::format(
      "{}: life {}, record {}, policy {}, there {}, match {}, differs {}, same name {}, hindrance "
      "{}, error {}",
      ToString(it.kind), it.life, it.record, it.policy, it.there ? static_cast<int>(*it.there) : -1,
      static_cast<int>(it.match), static_cast<int>(it.differs),
      it.natural_key == Candidate::NaturalKey::kEqual, static_cast<int>(it.hindrance),
      ToString(it.error));
}

struct Instance {
  std::string id;
  Lifecycle lifecycle = Lifecycle::kCreating;
  MarkMatch match = MarkMatch::kOurs;
  Differs differs = Differs::kNowhere;
  Candidate::NaturalKey natural_key = Candidate::NaturalKey::kEqual;
  MonotonicTime since = kNow;
};

class Living {
 public:
  explicit Living(const Beginning& begun)
      : begun_(begun),
        object_(RecordedObject(begun.kind, begun.life, begun.record)),
        traits_(TraitsOf(begun.kind)) {
    SetPolicy(object_.spec, begun.policy);
    if (begun.there) {
      instances_.push_back(
          {"i-1", *begun.there, begun.match, begun.differs, begun.natural_key, kNow});
    }
  }

  // Done, or the Hold that lasts; nothing when it goes on without end.
  std::optional<Decision> Run() {
    for (passes_ = 1; passes_ <= kMostPasses; ++passes_) {
      const auto decision = Pass();
      if (!decision) return std::nullopt;
      if (std::holds_alternative<Done>(*decision)) return decision;
      const bool lasts = std::holds_alternative<Hold>(*decision) && now_ > kNow + hours(4);
      if (lasts) return decision;
    }
    return std::nullopt;
  }
  int passes() const { return passes_; }
  const std::string& last() const { return last_; }
  const InstanceObject& object() const { return object_; }
  // Whether the cloud gave up creating what this object holds.
  bool HoldsFailedCreate() {
    const auto* held = Find(object_.status.external_name);
    return held && held->lifecycle == Lifecycle::kCreateFailed;
  }

 private:
  bool Hindered() const { return now_ < kNow + kTroubleLasts; }
  bool Hindered(Hindrance hindrance) const { return Hindered() && begun_.hindrance == hindrance; }

  Error Failure() const {
    Error error;
    error.error_class = begun_.error;
    error.reach = Reach::kAnswered;
    return error;
  }

  Circumstances Facts() const {
    Circumstances facts;
    facts.bound_domain = "1/here";
    if (HasOpenCreate(object_)) {
      const bool young = traits_.create_guard == CreateGuard::kToken && now_ < sent_ + kTokenLives;
      facts.doubt = Doubt{young ? Replay::kOpen : Replay::kClosed, sent_ + kSettles};
    }
    facts.cooldown = cooldown_;
    if (!Hindered()) return facts;
    switch (begun_.hindrance) {
      case Hindrance::kPaused:
        facts.pause = Pause::kPaused;
        break;
      case Hindrance::kClaimed:
        facts.claim = ClaimHeld{{begun_.kind, "default", "two"}, "it"};
        break;
      case Hindrance::kBraked:
        facts.brake = BrakeHeld{"b1", "held"};
        break;
      case Hindrance::kChurnClosed:
        facts.churn = ChurnClosed{"used up"};
        break;
      case Hindrance::kMismatch:
        facts.identity = AccountMismatch{"1", "2"};
        break;
      case Hindrance::kShortLease:
        facts.lease_left = seconds(5);
        break;
      case Hindrance::kFlapping:
        facts.flap = Flap::kFlapping;
        break;
      case Hindrance::kFreshBinding:
        facts.binding = Binding::kFresh;
        break;
      case Hindrance::kUnverified:
        facts.identity = AccountUnverified{Failure()};
        break;
      case Hindrance::kCooldown:
        facts.cooldown = Cooldown{Failure(), now_ + seconds(20)};
        break;
      default:
        break;
    }
    return facts;
  }

  // The cloud goes on by itself.
  void Advance() {
    std::erase_if(instances_, [this](const Instance& one) {
      const bool leaves =
          one.lifecycle == Lifecycle::kDeleting || one.lifecycle == Lifecycle::kGone;
      return leaves && now_ >= one.since + minutes(1);
    });
    for (auto& one : instances_) {
      if (one.lifecycle != Lifecycle::kCreating || now_ < one.since + minutes(1)) continue;
      one.lifecycle =
          Hindered(Hindrance::kCreateGivenUp) ? Lifecycle::kCreateFailed : Lifecycle::kReady;
    }
  }

  Instance* Find(const std::string& id) {
    const auto found = std::ranges::find(instances_, id, &Instance::id);
    return found == instances_.end() ? nullptr : &*found;
  }

  Observed Read() {
    if (Hindered(Hindrance::kReadsFail)) return ObserveFailed{Failure()};
    const auto& recorded = object_.status.external_name;
    const auto* found = Find(recorded.empty() ? object_.spec.external_name : recorded);
    if (!found) {
      CountAbsence(now_);
      return Absent{absent_reads_, counted_at_ + kTwoReadsApart};
    }
    absent_reads_ = 0;
    Present present;
    present.observation.external_name = found->id;
    present.observation.lifecycle = found->lifecycle;
    present.match = found->match;
    if (found->differs != Differs::kNowhere) {
      const bool immutable = found->differs == Differs::kImmutable;
      present.diffs = {{"f", "", 1, 2, immutable ? Mutability::kImmutable : Mutability::kMutable,
                        found->differs == Differs::kRepairable ? "Update" : ""}};
    }
    return present;
  }

  Observed List() {
    if (Hindered(Hindrance::kReadsFail)) return ObserveFailed{Failure()};
    LookedUp looked_up;
    bool ours = false;
    for (const auto& one : instances_) {
      Candidate candidate;
      candidate.external_name = one.id;
      candidate.match = one.match;
      candidate.lifecycle = one.lifecycle;
      candidate.natural_key = one.natural_key;
      looked_up.candidates.push_back(candidate);
      ours = ours || (one.match == MarkMatch::kOurs && one.lifecycle != Lifecycle::kGone);
    }
    if (ours) absent_reads_ = 0;
    if (!ours) CountAbsence(Facts().doubt ? Facts().doubt->settled_at : now_);
    looked_up.absent_reads = absent_reads_;
    looked_up.recheck_at = counted_at_ + kTwoReadsApart;
    return looked_up;
  }

  void CountAbsence(MonotonicTime from) {
    if (now_ < from) return;
    if (absent_reads_ > 0 && now_ < counted_at_ + kTwoReadsApart) return;
    ++absent_reads_;
    counted_at_ = now_;
  }

  // What the pass ended with; nothing when it asks without end.
  std::optional<Decision> Pass() {
    Observed seen = NotObserved{};
    for (int asked = 0; asked < 3; ++asked) {
      Advance();
      if (cooldown_ && now_ >= cooldown_->until) cooldown_.reset();
      const auto facts = Facts();
      auto decision = Decide(object_, seen, facts, now_);
      last_ = Explain(decision);
      const auto* broken = BrokenPromise(object_, seen, facts, decision, now_);
      EXPECT_EQ(broken, nullptr) << broken;
      if (std::holds_alternative<Observe>(decision)) {
        seen = Read();
      } else if (std::holds_alternative<LookUp>(decision)) {
        seen = List();
      } else {
        CarryOut(decision);
        return decision;
      }
    }
    ADD_FAILURE() << "asks without end: " << last_;
    return std::nullopt;
  }

  void CarryOut(const Decision& decision) {
    Duration pause = seconds(1);
    if (std::holds_alternative<AddFinalizer>(decision)) {
      object_.meta.finalizers = {std::string(kFinalizerName)};
    } else if (const auto* adopt = std::get_if<Adopt>(&decision)) {
      Bind(adopt->external_name);
    } else if (std::holds_alternative<Create>(decision)) {
      SendCreate();
    } else if (std::holds_alternative<Update>(decision)) {
      if (!CallFails()) Find(object_.status.external_name)->differs = Differs::kNowhere;
    } else if (std::holds_alternative<Delete>(decision)) {
      SendDelete();
    } else if (std::holds_alternative<Unbind>(decision)) {
      object_.status.external_name.clear();
      object_.status.bound_domain.clear();
      object_.status.intent.reset();
      absent_reads_ = 0;
    } else if (std::holds_alternative<CloseIntent>(decision)) {
      object_.status.intent.reset();
      absent_reads_ = 0;
    } else if (const auto* wait = std::get_if<Wait>(&decision)) {
      pause = wait->until ? *wait->until - now_ : Duration(seconds(10));
    } else if (const auto* hold = std::get_if<Hold>(&decision)) {
      EXPECT_FALSE(hold->message.empty());
      pause = hold->until ? *hold->until - now_ : Duration(minutes(30));
    } else if (std::holds_alternative<Retry>(decision)) {
      pause = seconds(10);
    } else if (std::holds_alternative<RemoveFinalizer>(decision)) {
      ADD_FAILURE() << "a live object is answered " << last_;
    }
    now_ += std::max<Duration>(pause, std::chrono::milliseconds(100));
  }

  void Bind(const std::string& id) {
    object_.status.external_name = id;
    object_.status.bound_domain = "1/here";
    object_.status.intent.reset();
    object_.intent_unreadable = false;
    absent_reads_ = 0;
  }

  // Whether the call is answered with an error; then it rests for a while.
  bool CallFails() {
    if (!Hindered(Hindrance::kCallRefused)) return false;
    cooldown_ = Cooldown{Failure(), now_ + seconds(30)};
    return true;
  }

  void SendCreate() {
    if (!HasOpenCreate(object_)) {
      object_.status.intent.emplace().operation = kCreateOperation;
      sent_ = now_;
      absent_reads_ = 0;
    }
    if (CallFails()) {
      if (ProvesNoEffect(Failure())) object_.status.intent.reset();
      return;
    }
    auto* made = OfOurs();
    if (!made && NameIsTaken()) {
      Error taken;
      taken.error_class = ErrorClass::kTaken;
      cooldown_ = Cooldown{taken, now_ + minutes(30)};
      return object_.status.intent.reset();
    }
    if (!made) {
      instances_.push_back({.id = fmt::format("i-{}", 10 + instances_.size()), .since = now_});
      made = &instances_.back();
    }
    if (Hindered(Hindrance::kAnswerLost)) {
      cooldown_ = Cooldown{Failure(), now_ + seconds(30)};
      return;
    }
    Bind(std::string(made->id));
  }

  // What the recorded request made, as the cloud knows by its token.
  Instance* OfOurs() {
    const auto found = std::ranges::find_if(instances_, [](const Instance& one) {
      return one.match == MarkMatch::kOurs && one.lifecycle != Lifecycle::kGone &&
             one.lifecycle != Lifecycle::kDeleting;
    });
    if (found == instances_.end()) return nullptr;
    EXPECT_EQ(traits_.create_guard, CreateGuard::kToken) << "a second instance";
    return &*found;
  }

  bool NameIsTaken() const {
    if (traits_.natural_key_scope != NaturalKeyScope::kUnique) return false;
    return std::ranges::any_of(instances_, [](const Instance& one) {
      return one.natural_key == Candidate::NaturalKey::kEqual && one.lifecycle != Lifecycle::kGone;
    });
  }

  void SendDelete() {
    object_.status.intent.emplace().operation = kReplaceOperation;
    if (CallFails()) return;
    auto* old = Find(object_.status.external_name);
    ASSERT_TRUE(old);
    old->lifecycle = Lifecycle::kDeleting;
    old->since = now_;
    if (Hindered(Hindrance::kAnswerLost)) cooldown_ = Cooldown{Failure(), now_ + seconds(30)};
  }

  const Beginning begun_;
  InstanceObject object_;
  const KindTraits& traits_;
  std::vector<Instance> instances_;
  MonotonicTime now_ = kNow;
  MonotonicTime sent_ = kNow;
  std::optional<Cooldown> cooldown_;
  int absent_reads_ = 0;
  MonotonicTime counted_at_ = kNow;
  int passes_ = 0;
  std::string last_;
};

void AddWithHindrances(Beginning begun, std::vector<Beginning>& all) {
  for (int hindrance = 0; hindrance < kHindrances; ++hindrance) {
    begun.hindrance = static_cast<Hindrance>(hindrance);
    if (!ComesWithError(begun.hindrance)) {
      all.push_back(begun);
      continue;
    }
    // Each class with the default policies, and one of them with all others.
    for (int error = 0; error <= static_cast<int>(ErrorClass::kCancelled); ++error) {
      begun.error = static_cast<ErrorClass>(error);
      if (begun.policy == 0 || begun.error == ErrorClass::kTransient) all.push_back(begun);
    }
  }
}

void AddWithMarks(Beginning begun, std::vector<Beginning>& all) {
  for (const auto match : {MarkMatch::kNone, MarkMatch::kOurs, MarkMatch::kOtherObject,
                           MarkMatch::kForeign, MarkMatch::kOursOtherUid}) {
    begun.match = match;
    for (const auto key : {Candidate::NaturalKey::kDiffers, Candidate::NaturalKey::kEqual}) {
      begun.natural_key = key;
      for (int differs = 0; differs < (begun.there == Lifecycle::kReady ? 4 : 1); ++differs) {
        begun.differs = static_cast<Differs>(differs);
        AddWithHindrances(begun, all);
      }
    }
  }
}

std::vector<Beginning> AllBeginnings(Kind kind, int policy) {
  std::vector<Beginning> all;
  for (const int life : {0, 1}) {
    for (int record = 0; record < kRecords; ++record) {
      Beginning begun{.kind = kind, .life = life, .record = record, .policy = policy, .there = {}};
      AddWithHindrances(begun, all);
      for (int cycle = 0; cycle <= static_cast<int>(Lifecycle::kUnknown); ++cycle) {
        begun.there = static_cast<Lifecycle>(cycle);
        AddWithMarks(begun, all);
      }
    }
  }
  return all;
}

// Whether the declaration or the instance gives this reason to wait for a person.
bool IsPersons(Reason reason, const Beginning& begun, Living& living) {
  const auto& spec = living.object().spec;
  const auto& may = spec.management_policies;
  const bool recreates =
      may.Allows(ManagementPolicy::kCreate) && may.Allows(ManagementPolicy::kDelete);
  const bool guarded = spec.prevent_destroy == PreventDestroy::kYes;
  switch (reason) {
    case Reason::kMissing:
      return spec.on_missing == OnMissing::kAlert;
    case Reason::kNotFound:
      return !may.Allows(ManagementPolicy::kCreate) || !spec.external_name.empty();
    case Reason::kCreateFailed:
      return living.HoldsFailedCreate() &&
             (spec.on_create_failed == OnCreateFailed::kAlert || !recreates || guarded);
    case Reason::kDeleteFailed:
      return begun.there == Lifecycle::kDeleteFailed;
    case Reason::kForeignOwner:
      return begun.match == MarkMatch::kForeign || begun.match == MarkMatch::kOtherObject;
    case Reason::kNameTaken:
      return begun.there && begun.natural_key == Candidate::NaturalKey::kEqual &&
             begun.match != MarkMatch::kOurs;
    case Reason::kContradiction:
      return begun.record == 1 || begun.record == 4;
    case Reason::kImmutableField:
      return (begun.differs == Differs::kImmutable || begun.record == 3) &&
             (spec.replace_policy == ReplacePolicy::kHold || !recreates || guarded);
    case Reason::kPreventDestroy:
      return guarded && begun.record == 3;
    case Reason::kDriftNotRepairable:
      return begun.differs == Differs::kBeyondRepair ||
             (begun.differs == Differs::kRepairable && !may.Allows(ManagementPolicy::kUpdate));
    default:
      return false;
  }
}

TEST(Living, UnderAFairCloudEveryObjectIsDoneOrHeldForAPersonsReason) {
  const auto one_in = OneIn(kBeginningsOneIn);
  std::size_t beginnings = 0;
  std::size_t tried = 0;
  std::size_t done = 0;
  int longest = 0;
  for (const Kind kind : InstanceKinds()) {
    for (int policy = 0; policy < kPolicies; ++policy) {
      for (const auto& begun : AllBeginnings(kind, policy)) {
        if (beginnings++ % one_in != 0) continue;
        ++tried;
        Living living(begun);
        const auto end = living.Run();
        longest = std::max(longest, living.passes());
        ASSERT_TRUE(end) << Describe(begun) << "; at last: " << living.last();
        ASSERT_FALSE(::testing::Test::HasFailure()) << Describe(begun) << "; " << living.last();
        const auto* hold = std::get_if<Hold>(&*end);
        done += hold ? 0 : 1;
        ASSERT_TRUE(!hold || IsPersons(hold->reason, begun, living))
            << Describe(begun) << "; held: " << living.last();
      }
    }
  }
  fmt::print(
      "combinations in which an object lives: {}, tried {}; {} done, {} held for a reason that a "
      "person can end, within {} passes\n",
      beginnings, tried, done, tried - done, longest);
}

}  // namespace
}  // namespace instanced
