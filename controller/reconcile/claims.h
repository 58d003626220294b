// ClaimIndex: which object holds which instance. Pure.
//
// A claim is an instance's id, or its natural key under one ProviderConfig. The first recorded
// claim holds: an object with a recorded id before one without, then the older claim, then the
// older object, then the smaller uid.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "api/kinds/object.h"
#include "controller/reconcile/facts.h"

namespace instanced {

class ClaimIndex {
 public:
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
  bool HasUid(std::string_view uid) const { return uids_.contains(std::string(uid)); }

 private:
  struct Claimant {
    int unbound = 1;  // 0: the id is recorded, or an intent is open
    std::string since;
    std::string created;
    std::string uid;
    ObjectKey key;
    friend auto operator<=>(const Claimant&, const Claimant&) = default;
  };
  struct Claim {
    std::uint64_t id = 0;
    std::string what;
  };
  static std::vector<Claim> ClaimsOf(const InstanceObject& object);
  static Claimant ClaimantOf(const InstanceObject& object);
  const Claimant* Holder(std::uint64_t claim) const;
  std::optional<ObjectKey> HolderKey(std::uint64_t claim) const;

  struct Entry {
    std::string uid;
    std::string resource_version;
    std::vector<std::uint64_t> claims;
  };
  // Whether this entry alone shows that the object, unchanged since Upsert, holds all it claims.
  bool HoldsAll(const Entry& entry, const InstanceObject& object) const;
  std::unordered_map<ObjectKey, Entry, ObjectKeyHash> objects_;
  std::unordered_map<std::uint64_t, std::vector<Claimant>> claims_;
  std::unordered_map<std::string, ObjectKey> uids_;
};

// The declared natural key of an object; empty when its kind or its spec has none.
std::string NaturalKeyOf(const KindTraits& traits, const InstanceSpec& spec);

}  // namespace instanced
