// ClaimIndex: which object holds which instance. Pure.
//
// A claim is an instance's id, or its natural key under one ProviderConfig. The first recorded
// claim holds: an object with a recorded id before one without, then the older claim, then the
// older object, then the smaller uid.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "api/kinds/object.h"
#include "controller/clock/clock.h"
#include "controller/reconcile/facts.h"

namespace instanced {

class ClaimIndex {
 public:
  ClaimIndex() = default;
  ClaimIndex(const ClaimIndex&) = delete;
  ClaimIndex& operator=(const ClaimIndex&) = delete;

  // Replaces what this object claimed before. Gives the others that hold a claim now which they
  // did not hold before, or hold one no more.
  std::vector<ObjectKey> Upsert(const InstanceObject& object);
  // Gives the objects that shared a claim with it: one of them may hold it now.
  std::vector<ObjectKey> Remove(const ObjectKey& key);

  // Whether this object holds all it claims.
  ClaimVerdict VerdictFor(const InstanceObject& object) const;
  // The object that holds an id of this service, by record or by spec.externalName.
  std::optional<ObjectKey> HolderOf(std::string_view service, std::string_view external_name) const;
  // Whether an object with this uid is alive.
  bool HasUid(std::string_view uid) const { return uids_.contains(uid); }

 private:
  // What decides between two claimants: the smaller holds, then the smaller uid.
  struct Rank {
    int unbound = 1;  // 0: the id is recorded, or an intent is open
    // The first of all times where it is not known.
    WallTime since = WallTime::min();
    WallTime created = WallTime::min();
    friend auto operator<=>(const Rank&, const Rank&) = default;
  };
  // An id and a natural key at most; 0: none.
  using ClaimIds = std::array<std::uint64_t, 2>;
  struct Claimant {
    std::string uid;
    // The resource version's digits; 0: none, or it is no number.
    std::uint64_t version = 0;
    Rank rank;
    ClaimIds claims{};
  };
  using Objects = std::unordered_map<ObjectKey, Claimant, ObjectKeyHash>;
  using Object = Objects::value_type;  // stays where it is while it is in the map
  struct Claim {
    std::uint64_t id = 0;
    std::string what;
  };

  static std::vector<Claim> ClaimsOf(const InstanceObject& object);
  static Rank RankOf(const InstanceObject& object);
  static bool HoldsBefore(const Object& a, const Object& b);
  // Null when nobody claims it.
  const Object* Holder(std::uint64_t claim) const;
  void Erase(Objects::iterator object);
  // Whether this entry alone shows that the object, unchanged since Upsert, holds all it claims.
  bool HoldsAll(const Object& known, const InstanceObject& object) const;

  Objects objects_;
  std::unordered_multimap<std::uint64_t, const Object*> claims_;
  struct UidHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view uid) const {
      return std::hash<std::string_view>{}(uid);
    }
    std::size_t operator()(const Object* object) const { return (*this)(object->second.uid); }
  };
  struct UidEqual {
    using is_transparent = void;
    static std::string_view UidOf(std::string_view uid) { return uid; }
    static std::string_view UidOf(const Object* object) { return object->second.uid; }
    template <class A, class B>
    bool operator()(const A& a, const B& b) const {
      return UidOf(a) == UidOf(b);
    }
  };
  std::unordered_set<const Object*, UidHash, UidEqual> uids_;  // of objects_
};

// The declared natural key of an object; empty when its kind or its spec has none.
std::string NaturalKeyOf(const KindTraits& traits, const InstanceSpec& spec);

}  // namespace instanced
