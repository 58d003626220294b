// An object being deleted, over every combination of what is recorded, what exists at the cloud,
// whose it is and what stands in the way for a while: with a cloud that carries out what it is
// asked in the end, trouble that ends and a person who takes the way out that a Hold names, the
// finalizer leaves, and no instance is left that should have gone.
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "controller/reconcile/decide.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr MonotonicTime kStart{hours(5)};
constexpr Duration kApart = seconds(30);  // of two reads that both count
constexpr int kPassesMax = 500;

enum class Record { kNothing, kOpenCreate, kBound, kReplacing, kUnreadable };
constexpr std::array kRecords{Record::kNothing, Record::kOpenCreate, Record::kBound,
                              Record::kReplacing, Record::kUnreadable};
enum class Trouble {
  kNone,
  kPaused,
  kClaimHeld,
  kBrakeSettling,
  kBrakeHeld,
  kChurnClosed,
  kUnverified,
  kCooldown,
  kShortLease,
  kAccountMismatch,  // until a person corrects the ProviderConfig
  kPreventDestroy,   // until a person sets it to false
  kReadsFail,
  kDeleteRefused,     // the call fails and does nothing
  kDeleteAnswerLost,  // the call fails and is carried out
  kDeleteGivenUp,     // the cloud takes the call and gives up
};
constexpr int kTroubles = 15;
// What comes with an error, and so with each class of them.
bool HasError(Trouble trouble) {
  return trouble == Trouble::kUnverified || trouble == Trouble::kCooldown ||
         trouble == Trouble::kReadsFail || trouble == Trouble::kDeleteRefused ||
         trouble == Trouble::kDeleteAnswerLost;
}
constexpr int kErrorClasses = static_cast<int>(ErrorClass::kCancelled) + 1;
enum class Wanted { kGone, kRetained, kNoDelete };
constexpr std::array kWanted{Wanted::kGone, Wanted::kRetained, Wanted::kNoDelete};

struct Start {
  Kind kind = Kind::kConnectInstance;
  Record record = Record::kNothing;
  Wanted wanted = Wanted::kGone;
  std::optional<Lifecycle> there;  // nothing: no instance
  MarkMatch match = MarkMatch::kOurs;
  Duration appears_after{};  // a create on its way has its effect only then
  Trouble trouble = Trouble::kNone;
  ErrorClass error = ErrorClass::kTransient;
};

bool IsAnothers(MarkMatch match) {
  return match == MarkMatch::kForeign || match == MarkMatch::kOtherObject;
}

std::string Describe(const Start& start) {
  return fmt::format(
      "{}: record {}, wanted {}, there {}, match {}, appears after {} s, trouble {}, error {}",
      ToString(start.kind), static_cast<int>(start.record), static_cast<int>(start.wanted),
      start.there ? static_cast<int>(*start.there) : -1, static_cast<int>(start.match),
      start.appears_after / seconds(1), static_cast<int>(start.trouble), ToString(start.error));
}

// One object on its way out.
class Leaving {
 public:
  explicit Leaving(const Start& start) : start_(start), lifecycle_(start.there) {
    object_.meta.key = {start.kind, "default", "one"};
    object_.meta.uid = "uid";
    object_.meta.finalizers = {std::string(kFinalizerName)};
    object_.meta.deletion_timestamp = "2026-01-01T00:00:00Z";
    object_.spec.for_provider = R"({"instanceName":"n","instanceAlias":"n","domainName":"n"})";
    if (start.wanted == Wanted::kRetained) object_.spec.deletion_policy = DeletionPolicy::kRetain;
    if (start.wanted == Wanted::kNoDelete) {
      object_.spec.management_policies = ManagementPolicies(1 | 2 | 4);
    }
    Intent intent;
    intent.operation = start.record == Record::kReplacing ? kReplaceOperation : kCreateOperation;
    const bool open = start.record == Record::kOpenCreate || start.record == Record::kReplacing;
    if (open) object_.status.intent = intent;
    const bool bound = start.record == Record::kBound || start.record == Record::kReplacing;
    if (bound) object_.status.external_name = "i-1";
    object_.intent_unreadable = start.record == Record::kUnreadable;
    if (start.trouble == Trouble::kPreventDestroy) {
      object_.spec.prevent_destroy = PreventDestroy::kYes;
    }
  }

  // How the finalizer left; nothing when it stays.
  std::optional<FinalizerExit> Run() {
    for (passes_ = 1; passes_ <= kPassesMax; ++passes_) {
      const auto exit = Pass();
      if (exit) return exit;
    }
    return std::nullopt;
  }
  int passes() const { return passes_; }
  const std::string& last() const { return last_; }
  // Whether it waited for a person because the instance bears another's mark.
  bool held_for_owner() const { return held_for_owner_; }
  bool IsThere() const { return Shown().has_value() && *Shown() != Lifecycle::kGone; }

 private:
  bool InTrouble() const { return now_ < kStart + minutes(2); }

  Error Failure() const {
    Error error;
    error.error_class = start_.error;
    return error;
  }

  Circumstances Facts() const {
    Circumstances facts;
    facts.bound_domain = "1/here";
    const auto& intent = object_.status.intent;
    if (intent && intent->operation == kCreateOperation) {
      facts.doubt = Doubt{Replay::kClosed, kStart + seconds(60)};
    }
    if (!InTrouble()) return facts;
    switch (start_.trouble) {
      case Trouble::kNone:
      case Trouble::kReadsFail:
      case Trouble::kPreventDestroy:
      case Trouble::kDeleteGivenUp:
        break;
      case Trouble::kDeleteRefused:
      case Trouble::kDeleteAnswerLost:
        facts.cooldown = failed_call_;
        break;
      case Trouble::kAccountMismatch:
        facts.identity = AccountMismatch{"1", "2"};
        break;
      case Trouble::kPaused:
        facts.pause = Pause::kPaused;
        break;
      case Trouble::kClaimHeld:
        facts.claim = ClaimHeld{{start_.kind, "default", "two"}, "it"};
        break;
      case Trouble::kBrakeSettling:
        facts.brake = BrakeSettling{now_ + seconds(20)};
        break;
      case Trouble::kBrakeHeld:
        facts.brake = BrakeHeld{"b1", "held"};
        break;
      case Trouble::kChurnClosed:
        facts.churn = ChurnClosed{"used up"};
        break;
      case Trouble::kUnverified:
        facts.identity = AccountUnverified{Failure()};
        break;
      case Trouble::kCooldown:
        facts.cooldown = Cooldown{Failure(), now_ + seconds(20)};
        break;
      case Trouble::kShortLease:
        facts.lease_left = seconds(5);
        break;
    }
    return facts;
  }

  // What the cloud shows of the instance now.
  std::optional<Lifecycle> Shown() const {
    if (!lifecycle_ || now_ < kStart + start_.appears_after) return std::nullopt;
    if (gone_at_) return now_ < *gone_at_ ? std::optional(Lifecycle::kDeleting) : std::nullopt;
    if (given_up_) return Lifecycle::kDeleteFailed;
    if (*lifecycle_ == Lifecycle::kGone && now_ > kStart + minutes(1)) return std::nullopt;
    if (*lifecycle_ == Lifecycle::kDeleting && now_ > kStart + minutes(1)) return std::nullopt;
    if (*lifecycle_ == Lifecycle::kCreating && now_ > kStart + minutes(1)) return Lifecycle::kReady;
    return lifecycle_;
  }

  std::optional<ObserveFailed> ReadFails() const {
    if (start_.trouble != Trouble::kReadsFail || !InTrouble()) return std::nullopt;
    return ObserveFailed{Failure()};
  }

  Observed Read() {
    if (const auto failed = ReadFails()) return *failed;
    const auto shown = Shown();
    if (!shown) {
      CountAbsence();
      return Absent{absent_reads_, counted_at_ + kApart};
    }
    absent_reads_ = 0;
    Present present;
    present.observation.external_name = "i-1";
    present.observation.lifecycle = *shown;
    present.match = start_.match;
    return present;
  }

  Observed List() {
    if (const auto failed = ReadFails()) return *failed;
    LookedUp looked_up;
    if (const auto shown = Shown()) {
      Candidate candidate;
      candidate.external_name = "i-1";
      candidate.match = start_.match;
      candidate.lifecycle = *shown;
      looked_up.candidates = {candidate};
    }
    // What is not ours, or gone, is no sign of our create.
    const bool ours = start_.match == MarkMatch::kOurs && !looked_up.candidates.empty() &&
                      looked_up.candidates.front().lifecycle != Lifecycle::kGone;
    if (ours) {
      absent_reads_ = 0;
    } else {
      CountAbsence();
    }
    looked_up.absent_reads = absent_reads_;
    looked_up.recheck_at = counted_at_ + kApart;
    return looked_up;
  }

  void CountAbsence() {
    const auto doubt = Facts().doubt;
    if (doubt && now_ < doubt->settled_at) return;
    if (absent_reads_ > 0 && now_ < counted_at_ + kApart) return;
    ++absent_reads_;
    counted_at_ = now_;
  }

  std::optional<FinalizerExit> Pass() {
    Observed seen = NotObserved{};
    for (int asked = 0; asked < 3; ++asked) {
      const auto decision = Decide(object_, seen, Facts(), now_);
      last_ = Explain(decision);
      if (std::holds_alternative<Observe>(decision)) {
        seen = Read();
      } else if (std::holds_alternative<LookUp>(decision)) {
        seen = List();
      } else {
        return CarryOut(decision);
      }
    }
    ADD_FAILURE() << "asks without end: " << last_;
    return std::nullopt;
  }

  std::optional<FinalizerExit> CarryOut(const Decision& decision) {
    if (const auto* leaves = std::get_if<RemoveFinalizer>(&decision)) return leaves->exit;
    Duration pause = seconds(1);
    if (const auto* adopt = std::get_if<Adopt>(&decision)) {
      object_.status.external_name = adopt->external_name;
      object_.status.intent.reset();
    } else if (std::holds_alternative<Delete>(decision)) {
      SendDelete();
    } else if (std::holds_alternative<Unbind>(decision)) {
      object_.status.external_name.clear();
      object_.status.intent.reset();
    } else if (std::holds_alternative<CloseIntent>(decision)) {
      object_.status.intent.reset();
    } else if (const auto* wait = std::get_if<Wait>(&decision)) {
      pause = wait->until ? *wait->until - now_ : Duration(seconds(10));
    } else if (const auto* hold = std::get_if<Hold>(&decision)) {
      pause = hold->until ? *hold->until - now_ : Duration(minutes(30));
      TakeTheWayOut(*hold);
    } else if (std::holds_alternative<Retry>(decision)) {
      pause = seconds(10);
    } else {
      ADD_FAILURE() << "an object being deleted is answered " << last_;
    }
    now_ += std::max<Duration>(pause, std::chrono::milliseconds(100));
    return std::nullopt;
  }

  void SendDelete() {
    EXPECT_EQ(start_.wanted, Wanted::kGone);
    EXPECT_EQ(object_.spec.prevent_destroy, PreventDestroy::kNo);
    EXPECT_FALSE(IsAnothers(start_.match));
    const bool fails = InTrouble() && (start_.trouble == Trouble::kDeleteRefused ||
                                       start_.trouble == Trouble::kDeleteAnswerLost);
    if (fails) failed_call_ = Cooldown{Failure(), now_ + seconds(30)};
    if (fails && start_.trouble == Trouble::kDeleteRefused) return;
    given_up_ = InTrouble() && start_.trouble == Trouble::kDeleteGivenUp;
    if (!given_up_) gone_at_ = now_ + seconds(20);
  }

  // What the message of a Hold tells a person to do.
  void TakeTheWayOut(const Hold& hold) {
    EXPECT_FALSE(hold.message.empty());
    if (hold.reason == Reason::kPreventDestroy) object_.spec.prevent_destroy = PreventDestroy::kNo;
    if (hold.reason != Reason::kForeignOwner) return;
    held_for_owner_ = true;
    object_.spec.deletion_policy = DeletionPolicy::kRetain;
  }

  const Start start_;
  InstanceObject object_;
  std::optional<Lifecycle> lifecycle_;
  std::optional<MonotonicTime> gone_at_;
  bool given_up_ = false;
  bool held_for_owner_ = false;
  std::optional<Cooldown> failed_call_;
  MonotonicTime now_ = kStart;
  int absent_reads_ = 0;
  MonotonicTime counted_at_ = kStart;
  int passes_ = 0;
  std::string last_;
};

void AddWithTroubles(Start start, std::vector<Start>& all) {
  for (int trouble = 0; trouble < kTroubles; ++trouble) {
    start.trouble = static_cast<Trouble>(trouble);
    for (int error = 0; error < (HasError(start.trouble) ? kErrorClasses : 1); ++error) {
      start.error = static_cast<ErrorClass>(error);
      all.push_back(start);
    }
  }
}

std::vector<Start> AllStarts(Kind kind) {
  std::vector<std::optional<Lifecycle>> lives{std::nullopt};
  for (int cycle = 0; cycle <= static_cast<int>(Lifecycle::kUnknown); ++cycle) {
    lives.push_back(static_cast<Lifecycle>(cycle));
  }
  std::vector<Start> all;
  for (const Record record : kRecords) {
    for (const Wanted wanted : kWanted) {
      for (const auto& there : lives) {
        for (const auto match : {MarkMatch::kNone, MarkMatch::kOurs, MarkMatch::kOursOtherUid,
                                 MarkMatch::kForeign, MarkMatch::kOtherObject}) {
          for (const auto after : {Duration{}, Duration(seconds(45))}) {
            // Only a create on its way comes true later.
            if (after > Duration{} && record != Record::kOpenCreate) continue;
            AddWithTroubles({.kind = kind,
                             .record = record,
                             .wanted = wanted,
                             .there = there,
                             .match = match,
                             .appears_after = after},
                            all);
          }
        }
      }
    }
  }
  return all;
}

// What the object holds, or what bears its mark, must not stay when the object goes.
bool MustHaveGone(const Start& start) {
  const bool bound = start.record == Record::kBound || start.record == Record::kReplacing;
  const bool held_by_another = start.trouble == Trouble::kClaimHeld;
  return start.wanted == Wanted::kGone && !held_by_another && !IsAnothers(start.match) &&
         (bound || start.match == MarkMatch::kOurs);
}

TEST(Leaving, UnderAFairCloudTheFinalizerLeavesFromEveryStart) {
  std::size_t starts = 0;
  std::size_t held = 0;
  int longest = 0;
  for (const Kind kind : InstanceKinds()) {
    for (const auto& start : AllStarts(kind)) {
      Leaving leaving(start);
      const auto exit = leaving.Run();
      ++starts;
      longest = std::max(longest, leaving.passes());
      held += leaving.held_for_owner() ? 1 : 0;
      ASSERT_TRUE(exit) << Describe(start) << "; at last: " << leaving.last();
      ASSERT_FALSE(leaving.IsThere() && MustHaveGone(start))
          << Describe(start) << "; left with: " << leaving.last();
      ASSERT_FALSE(::testing::Test::HasFailure()) << Describe(start);
    }
  }
  fmt::print(
      "combinations in which an object is deleted: {}; all of them left, within {} passes, {} "
      "after "
      "a person's word about an instance with another's mark\n",
      starts, longest, held);
  EXPECT_GT(held, 0u);
}

}  // namespace
}  // namespace instanced
