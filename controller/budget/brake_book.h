// BrakeBook: holds deletions that look like an accident until a person has looked.
//
// A pass that would delete at the cloud asks first. A deletion settles for a moment, so that a
// batch is seen as a whole; then, of one kind within the window, more than `count_above` and more
// than `share_above` of the objects that had an instance at the window's start, or every one of
// two or more, are held under one brake. What is wanted counts, not only what was carried out. A
// deletion that was let go once stays so. Brakes of other causes are raised and cleared by whoever
// sees the cause.
//
// A deletion whose instance is still being looked for may turn out to be one of the batch, so the
// others of its kind settle until that is known, for no longer than `look_up` after it was first
// asked about: one whose cloud does not answer must not stop them for good. The
// longer one has waited, the later it is to ask again.
//
// A brake's id is a short hash of kind, cause and the keys held (and, where it holds objects as a
// whole, of when it began): one more key is another id, so an
// approval covers exactly what the person saw, for `approval_lasts`. It lets those keys pass the
// brake it names and the mass-deletion brake, no other. A release drops the finalizer and keeps
// the instance.
//
// Two causes hold an object as a whole, live or being deleted: a wrong account and a foreign mark
// (HoldObject). Whoever sees that the cause is over says so (EndHold).
//
// The caller must tell the population of a kind when it changes and now and then (what was told a
// window ago or longer is not believed any more), for the first time when the source has synced and
// recorded state is loaded (ObservePopulation); when a deletion has ended (Gone) and when it is no
// longer wanted (Withdraw). Replacements, retained and paused objects are not asked about: they do
// not count (Bar).
//
// Pure; time is an argument, monotonic inside and wall time in the document that survives a
// restart. Threads: the loop's.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/error/error.h"
#include "api/object/object_key.h"
#include "controller/budget/brake_cause.h"
#include "controller/clock/clock.h"

namespace instanced {

struct BrakeOptions {
  Duration window = std::chrono::minutes(10);
  int count_above = 5;
  double share_above = 0.2;
  Duration settle = std::chrono::seconds(2);
  Duration look_up = std::chrono::minutes(1);
  Duration approval_lasts = std::chrono::hours(24);
};

// Both moments of one instant, for what is shown to people and survives a restart.
struct Instant {
  MonotonicTime now;
  WallTime wall;
};

// Unknown: none was made, or it has not been found yet.
enum class InstanceHeld { kUnknown, kExists };

struct DeleteRequest {
  ObjectKey key;
  InstanceHeld instance = InstanceHeld::kExists;
};

struct DeletionProceeds {};
struct DeletionSettles {
  MonotonicTime until;
};
struct DeletionHeld {
  std::string brake_id;
  BrakeCause cause = BrakeCause::kMassDeletion;
  std::string message;  // stable: names neither figures nor the id
};
struct DeletionReleased {
  std::string who;
};
using BrakeVerdict =
    std::variant<DeletionProceeds, DeletionSettles, DeletionHeld, DeletionReleased>;

// One line of `instancectl brakes`.
struct Brake {
  std::string id;
  BrakeCause cause = BrakeCause::kMassDeletion;
  std::optional<Kind> kind;  // nothing: every kind
  std::vector<ObjectKey> keys;
  WallTime since;
  std::string message;
};

// What a raised brake covers. No keys: every deletion of the kind, or of all kinds.
struct BrakeScope {
  std::optional<Kind> kind;
  std::set<ObjectKey> keys;
};

class BrakeBook {
 public:
  explicit BrakeBook(BrakeOptions options = {}) : options_(options) {}

  // How many objects of a kind have an instance, those being deleted included.
  void ObservePopulation(Kind kind, int with_instance, MonotonicTime now);
  // Says that the deletion is wanted, and what to do about it.
  BrakeVerdict Ask(const DeleteRequest& request, Instant at);
  // What Ask would say of a deletion that is wanted already; nothing for one that is not. Of what
  // HoldObject holds it says nothing: that is asked for by cause.
  std::optional<BrakeVerdict> VerdictFor(const ObjectKey& key, MonotonicTime now) const;
  // The deletion is wanted, but nothing can be sent for it as things stand (the object is paused,
  // say). It is no part of a batch until it is asked about again, which then judges it anew. What
  // was let go before may be on its way out, and counts as before; what is held stays held. True
  // when that is news to be saved.
  bool Bar(const ObjectKey& key);
  void Gone(const ObjectKey& key, MonotonicTime now);
  void Withdraw(const ObjectKey& key, MonotonicTime now);

  // Holds one object for a cause of HoldsWholeObject, unless a person has answered: Proceeds when
  // approved, Released when released. Never Settles.
  BrakeVerdict HoldObject(BrakeCause cause, const ObjectKey& key, Instant at);
  bool Holds(BrakeCause cause, const ObjectKey& key) const;
  // False when nothing was held.
  bool EndHold(BrakeCause cause, const ObjectKey& key);

  // Raising again replaces the scope.
  void Raise(BrakeCause cause, BrakeScope scope, Instant at);
  void Clear(BrakeCause cause, std::optional<Kind> kind, MonotonicTime now);

  // The keys that are let go; an unknown id fails with Validation and lists the live ids.
  Result<std::vector<ObjectKey>> Approve(std::string_view brake_id, std::string_view who,
                                         Instant at);
  Result<std::vector<ObjectKey>> Release(std::string_view brake_id, std::string_view who,
                                         Instant at);

  // The brakes that hold something.
  std::vector<Brake> List() const;
  // All it knows anything about.
  std::set<ObjectKey> Keys() const;
  const BrakeOptions& options() const { return options_; }
  // When a settling deletion may be asked about again.
  std::optional<MonotonicTime> NextWake(MonotonicTime now) const;

  // Deletions of a kind that other processes of this installation see to; they count, and are not
  // held here.
  struct Elsewhere {
    int leaving = 0;
    int recent = 0;  // of these, asked for within the window
  };
  void ObserveElsewhere(Kind kind, Elsewhere elsewhere);

  // A part of the book, by its keys; empty: all of it.
  using Part = std::function<bool(const ObjectKey&)>;
  nlohmann::json Export(Instant at, const Part& part = {}) const;
  // Replaces the part; members that cannot be read are left out.
  void Import(const nlohmann::json& document, Instant at, const Part& part = {});

 private:
  enum class Stage { kSettling, kLetGo, kBarred };  // barred: let go before
  static std::string_view WordFor(Stage stage);
  static Stage StageFor(std::string_view word);
  struct Wanted {
    MonotonicTime since;
    Stage stage = Stage::kSettling;
  };
  struct Sample {
    MonotonicTime at;
    int with_instance = 0;
  };
  struct KindWindow {
    Elsewhere elsewhere;
    std::map<ObjectKey, Wanted> wanted;
    std::map<ObjectKey, MonotonicTime> gone;        // when it was wanted
    std::map<ObjectKey, MonotonicTime> looked_for;  // since when
    std::deque<Sample> population;                  // the oldest one covers the window's start
    std::optional<MonotonicTime> told;              // the population, last
  };
  struct Hold {
    std::set<ObjectKey> scope;  // empty: all
    std::set<ObjectKey> held;
    WallTime since;
    std::uint64_t fingerprint = 0;  // of the held keys, in any order
    void Add(const ObjectKey& key);
    void Remove(const ObjectKey& key);
  };
  using HoldName = std::pair<BrakeCause, std::optional<Kind>>;
  enum class Answer { kApproved, kReleased };
  struct Permission {
    Answer answer = Answer::kApproved;
    std::string who{};
    std::set<BrakeCause> causes{};
    MonotonicTime until{};
  };

  void Drop(const Part& part);
  void TakeInPopulation(Kind kind, std::deque<Sample> samples);
  static std::string IdOf(const HoldName& name, const Hold& hold);
  static DeletionHeld HeldBy(const HoldName& name, const Hold& hold);
  std::optional<HoldName> RaisedFor(const ObjectKey& key, MonotonicTime now) const;
  bool Permits(const ObjectKey& key, BrakeCause cause, MonotonicTime now) const;
  const Permission* PermissionOf(const ObjectKey& key, MonotonicTime now) const;
  void Prune(KindWindow& window, MonotonicTime now) const;
  bool Trips(const KindWindow& window, MonotonicTime now) const;
  // Nothing: it has settled.
  std::optional<MonotonicTime> SettlesUntil(const KindWindow& window, const Wanted& wanted,
                                            MonotonicTime now) const;
  void HoldAllSettling(Kind kind, const KindWindow& window, Instant at);
  void LeaveHolds(const ObjectKey& key);
  void DropEmptyHolds();
  const HoldName* Find(std::string_view brake_id) const;
  void Permit(const ObjectKey& key, BrakeCause cause, Permission permission, MonotonicTime now);
  Result<std::vector<ObjectKey>> Answered(std::string_view brake_id, const Permission& permission,
                                          MonotonicTime now);

  BrakeOptions options_;
  std::map<Kind, KindWindow> windows_;
  std::map<HoldName, Hold> holds_;
  std::map<ObjectKey, Permission> permissions_;
};

}  // namespace instanced
