// People: who declares, edits, pauses and deletes objects and changes their minds; and outsiders
// who change or remove instances behind the daemon's back.
//
// What they want is remembered here, apart from the store, so that checks can say whether anybody
// asked for what happened. All chance comes from the world's seed.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/sim_world.h"

namespace instanced {

// forProvider of one kind: `name` is its natural key, `edition` a mutable field's value, `mould`
// an immutable field's.
std::string ParametersOf(Kind kind, const std::string& name, int edition, int mould);

// What a person left in an annotation of every object: nobody's business, and never repeated. All
// that is secret in these worlds begins alike.
inline constexpr std::string_view kSecretsBegin = "hunter2-";
inline constexpr std::string_view kPlantedSecret = "hunter2-planted";

struct Wish {
  ObjectKey key;
  std::string name;
  InstanceSpec spec;
  int edition = 0;
  int mould = 0;
  bool declared = false;
  bool paused = false;
  // Since when the spec has forbidden to delete the instance; nothing while it may be deleted.
  std::optional<MonotonicTime> forbidden_since = std::nullopt;
  // What managementPolicies withhold, and since when.
  std::map<ManagementPolicy, MonotonicTime> withheld_since{};
  // Whether it may have taken over what its name, or externalName, says; for good.
  bool may_adopt = false;
  // Another wish claims its name.
  bool has_twin = false;
  // Whether this wish, at any time, allowed a replacement or a new instance for a failed one.
  bool replaceable = false;
  // Since when nothing that is declared asks for a replacement; nothing while something may.
  std::optional<MonotonicTime> replacement_unwanted_since = std::nullopt;
};

class People {
 public:
  People(SimWorld& world, int objects);

  // Acts at random moments until `until`.
  void Live(MonotonicTime until);
  // Makes peace: nothing is paused or forbidden any more, brakes are approved as they appear.
  void CalmDown();

  // One more object that may be declared; lives as long as this.
  Wish* Add(Kind kind, const std::string& name);
  void Declare(Wish& wish);
  void Delete(Wish& wish);

  const std::map<ObjectKey, Wish>& wishes() const { return wishes_; }
  Wish& wish(const ObjectKey& key) { return wishes_.at(key); }
  std::vector<ObjectKey> keys() const;
  // Names that belong to instances of outsiders.
  const std::set<std::string>& foreign() const { return foreign_; }
  // Those of them that somebody named for an object of ours.
  const std::set<std::string>& claimed() const { return claimed_; }
  void Claim(std::string id) {
    foreign_.erase(id);
    claimed_.insert(std::move(id));
  }
  // Since when people approve whatever is held.
  std::optional<MonotonicTime> approving_since() const { return approving_since_; }
  // Instances outsiders removed.
  const std::set<std::string>& removed() const { return removed_; }

 private:
  void ActAgain(MonotonicTime until);
  void ActOnce();
  void DeleteAll();
  void ChangePolicy(Wish& wish);
  void Meddle();
  void ApproveAgain();
  void Consider(Wish& wish);
  bool MayReplace(const Wish& wish) const;
  void Plant(const Wish& wish);
  std::uint64_t Below(std::uint64_t bound) { return UniformBelow(world_.chance, bound); }

  SimWorld& world_;
  std::map<ObjectKey, Wish> wishes_;
  std::set<std::string> foreign_;
  std::set<std::string> claimed_;
  std::set<std::string> removed_;
  std::map<std::string, MonotonicTime> hidden_at_;
  std::optional<MonotonicTime> approving_since_;
};

}  // namespace instanced
