#include "controller/reconcile/claims.h"

#include <algorithm>
#include <map>
#include <set>

#include <nlohmann/json.hpp>

#include "controller/provider/parameter_rules.h"

namespace instanced {
namespace {

std::uint64_t ClaimId(std::string_view service, std::string_view scope, std::string_view value) {
  std::string text(service);
  text.append("\n").append(scope).append("\n").append(value);
  return std::hash<std::string>{}(text);
}

}  // namespace

std::string NaturalKeyOf(const KindTraits& traits, const InstanceSpec& spec) {
  if (traits.natural_key_field.empty()) return {};
  // The cheap test first: most of the time is saved for kinds whose natural key is optional.
  if (spec.for_provider.find(traits.natural_key_field) == std::string::npos) return {};
  const auto json = nlohmann::json::parse(spec.for_provider, nullptr, false);
  const auto it = json.find(traits.natural_key_field);
  return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
}

std::vector<ClaimIndex::Claim> ClaimIndex::ClaimsOf(const InstanceObject& object) {
  std::vector<Claim> claims;
  const auto& traits = TraitsOf(object.meta.key.kind);
  const auto service = ServiceKeyOf(object.meta.key.kind, object.spec.plugin);
  const auto& id =
      object.status.external_name.empty() ? object.spec.external_name : object.status.external_name;
  if (!id.empty()) claims.push_back({ClaimId(service, "id", id), "instance " + id});
  if (object.spec.management_policies.ObserveOnly()) return claims;
  // What is bound and being deleted claims its instance only: a name edited meanwhile is not its.
  if (object.meta.IsDeleting() && !object.status.external_name.empty()) return claims;
  if (traits.natural_key_scope != NaturalKeyScope::kUnique) return claims;
  const auto natural = NaturalKeyOf(traits, object.spec);
  if (!natural.empty()) {
    const std::string scope = object.meta.key.namespace_ + "/" + object.spec.provider_config_ref;
    claims.push_back({ClaimId(service, scope, FoldNaturalKey(traits, natural)),
                      std::string(traits.natural_key_field) + " " + natural});
  }
  return claims;
}

ClaimIndex::Claimant ClaimIndex::ClaimantOf(const InstanceObject& object) {
  Claimant claimant;
  const bool recorded = !object.status.external_name.empty() || object.status.intent.has_value();
  claimant.unbound = recorded ? 0 : 1;
  claimant.since = object.status.claimed_at;
  claimant.created = object.meta.creation_timestamp;
  claimant.uid = object.meta.uid;
  claimant.key = object.meta.key;
  return claimant;
}

std::vector<ObjectKey> ClaimIndex::Upsert(const InstanceObject& object) {
  const auto& key = object.meta.key;
  Entry entry;
  entry.uid = object.meta.uid;
  entry.resource_version = object.meta.resource_version;
  const auto mine = ClaimantOf(object);
  for (const auto& claim : ClaimsOf(object)) entry.claims.push_back(claim.id);
  std::map<std::uint64_t, std::optional<ObjectKey>> holders;
  for (const auto claim : entry.claims) holders[claim] = HolderKey(claim);
  if (const auto it = objects_.find(key); it != objects_.end()) {
    for (const auto claim : it->second.claims) holders[claim] = HolderKey(claim);
  }
  Remove(key);
  for (const auto claim : entry.claims) claims_[claim].push_back(mine);
  uids_[entry.uid] = key;
  objects_[key] = std::move(entry);

  std::set<ObjectKey> concerned;
  for (const auto& [claim, before] : holders) {
    const auto now = HolderKey(claim);
    if (now == before) continue;
    if (before) concerned.insert(*before);
    if (now) concerned.insert(*now);
  }
  concerned.erase(key);
  return {concerned.begin(), concerned.end()};
}

std::optional<ObjectKey> ClaimIndex::HolderKey(std::uint64_t claim) const {
  const auto* holder = Holder(claim);
  return holder ? std::optional(holder->key) : std::nullopt;
}

std::vector<ObjectKey> ClaimIndex::Remove(const ObjectKey& key) {
  std::vector<ObjectKey> sharers;
  const auto it = objects_.find(key);
  if (it == objects_.end()) return sharers;
  for (const auto claim : it->second.claims) {
    const auto claimants = claims_.find(claim);
    if (claimants == claims_.end()) continue;
    std::erase_if(claimants->second, [&](const Claimant& c) { return c.key == key; });
    for (const auto& claimant : claimants->second) sharers.push_back(claimant.key);
    if (claimants->second.empty()) claims_.erase(claimants);
  }
  uids_.erase(it->second.uid);
  objects_.erase(it);
  return sharers;
}

const ClaimIndex::Claimant* ClaimIndex::Holder(std::uint64_t claim) const {
  const auto it = claims_.find(claim);
  if (it == claims_.end()) return nullptr;
  return &*std::ranges::min_element(it->second);
}

bool ClaimIndex::HoldsAll(const Entry& entry, const InstanceObject& object) const {
  const bool unchanged = !entry.resource_version.empty() && entry.uid == object.meta.uid &&
                         entry.resource_version == object.meta.resource_version;
  if (!unchanged) return false;
  return std::ranges::all_of(entry.claims, [&](std::uint64_t claim) {
    const auto* holder = Holder(claim);
    return holder && holder->key == object.meta.key;
  });
}

ClaimVerdict ClaimIndex::VerdictFor(const InstanceObject& object) const {
  // Most passes: nobody else wants what it has, and the spec need not be read for it.
  const auto known = objects_.find(object.meta.key);
  if (known != objects_.end() && HoldsAll(known->second, object)) return ClaimFree{};
  const auto mine = ClaimantOf(object);
  for (const auto& claim : ClaimsOf(object)) {
    const auto* holder = Holder(claim.id);
    if (holder && holder->key != object.meta.key && *holder < mine) {
      return ClaimHeld{holder->key, claim.what};
    }
  }
  return ClaimFree{};
}

std::optional<ObjectKey> ClaimIndex::HolderOf(std::string_view service,
                                              std::string_view external_name) const {
  return HolderKey(ClaimId(service, "id", external_name));
}

}  // namespace instanced
