#include "controller/reconcile/claims.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/provider/parameter_rules.h"

namespace instanced {
namespace {

std::uint64_t ClaimId(std::string_view service, std::string_view scope, std::string_view value) {
  std::string text(service);
  text.append("\n").append(scope).append("\n").append(value);
  const std::uint64_t id = std::hash<std::string>{}(text);
  return id == 0 ? 1 : id;
}

// A version that is a number as ours and Kubernetes' are, written the one way: then equal numbers
// are equal versions.
std::uint64_t VersionOf(std::string_view text) {
  std::uint64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  const bool whole = error == std::errc() && stop == end && !text.starts_with('0');
  return whole ? number : 0;
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

ClaimIndex::Rank ClaimIndex::RankOf(const InstanceObject& object) {
  const bool recorded = !object.status.external_name.empty() || object.status.intent.has_value();
  return {recorded ? 0 : 1, ParseRfc3339(object.status.claimed_at).value_or(WallTime::min()),
          ParseRfc3339(object.meta.creation_timestamp).value_or(WallTime::min())};
}

bool ClaimIndex::HoldsBefore(const Object& a, const Object& b) {
  return std::tie(a.second.rank, a.second.uid, a.first) <
         std::tie(b.second.rank, b.second.uid, b.first);
}

std::vector<ObjectKey> ClaimIndex::Upsert(const InstanceObject& object) {
  const auto& key = object.meta.key;
  Claimant mine{object.meta.uid, VersionOf(object.meta.resource_version), RankOf(object), {}};
  std::ranges::transform(ClaimsOf(object), mine.claims.begin(), &Claim::id);
  const auto known = objects_.find(key);
  std::map<std::uint64_t, std::optional<ObjectKey>> holders;
  const auto note = [&](std::uint64_t claim) {
    const auto* holder = claim == 0 ? nullptr : Holder(claim);
    if (claim != 0) holders[claim] = holder ? std::optional(holder->first) : std::nullopt;
  };
  if (known != objects_.end()) {
    const Claimant& before = known->second;
    if (before.uid == mine.uid && before.rank == mine.rank && before.claims == mine.claims) {
      // Nobody gains or loses by it: most status writes end here.
      known->second.version = mine.version;
      return {};
    }
    std::ranges::for_each(before.claims, note);
  }
  std::ranges::for_each(mine.claims, note);
  if (known != objects_.end()) Erase(known);
  const Object& placed = *objects_.emplace(key, std::move(mine)).first;
  uids_.insert(&placed);
  for (const auto claim : placed.second.claims) {
    if (claim != 0) claims_.emplace(claim, &placed);
  }

  std::set<ObjectKey> concerned;
  for (const auto& [claim, before] : holders) {
    const auto* holder = Holder(claim);
    const auto now = holder ? std::optional(holder->first) : std::nullopt;
    if (now == before) continue;
    if (before) concerned.insert(*before);
    if (now) concerned.insert(*now);
  }
  concerned.erase(key);
  return {concerned.begin(), concerned.end()};
}

void ClaimIndex::Erase(Objects::iterator object) {
  for (const auto claim : object->second.claims) {
    const auto [first, last] = claims_.equal_range(claim);
    const auto mine =
        std::find_if(first, last, [&](const auto& entry) { return entry.second == &*object; });
    if (mine != last) claims_.erase(mine);
  }
  // Another object may have taken its uid's place in the set.
  if (const auto known = uids_.find(&*object); known != uids_.end() && *known == &*object) {
    uids_.erase(known);
  }
  objects_.erase(object);
}

std::vector<ObjectKey> ClaimIndex::Remove(const ObjectKey& key) {
  std::vector<ObjectKey> sharers;
  const auto known = objects_.find(key);
  if (known == objects_.end()) return sharers;
  for (const auto claim : known->second.claims) {
    const auto [first, last] = claims_.equal_range(claim);
    for (auto entry = first; entry != last; ++entry) {
      if (entry->second != &*known) sharers.push_back(entry->second->first);
    }
  }
  Erase(known);
  return sharers;
}

const ClaimIndex::Object* ClaimIndex::Holder(std::uint64_t claim) const {
  const auto [first, last] = claims_.equal_range(claim);
  const Object* holder = nullptr;
  for (auto entry = first; entry != last; ++entry) {
    if (holder == nullptr || HoldsBefore(*entry->second, *holder)) holder = entry->second;
  }
  return holder;
}

bool ClaimIndex::HoldsAll(const Object& known, const InstanceObject& object) const {
  const Claimant& mine = known.second;
  const bool unchanged = mine.version != 0 && mine.uid == object.meta.uid &&
                         mine.version == VersionOf(object.meta.resource_version);
  return unchanged && std::ranges::all_of(mine.claims, [&](std::uint64_t claim) {
           return claim == 0 || Holder(claim) == &known;
         });
}

ClaimVerdict ClaimIndex::VerdictFor(const InstanceObject& object) const {
  // Most passes: nobody else wants what it has, and the spec need not be read for it.
  const auto known = objects_.find(object.meta.key);
  if (known != objects_.end() && HoldsAll(*known, object)) return ClaimFree{};
  const Object mine{object.meta.key, Claimant{object.meta.uid, 0, RankOf(object), {}}};
  for (const auto& claim : ClaimsOf(object)) {
    const auto* holder = Holder(claim.id);
    if (holder && holder->first != object.meta.key && HoldsBefore(*holder, mine)) {
      return ClaimHeld{holder->first, claim.what};
    }
  }
  return ClaimFree{};
}

std::optional<ObjectKey> ClaimIndex::HolderOf(std::string_view service,
                                              std::string_view external_name) const {
  const auto* holder = Holder(ClaimId(service, "id", external_name));
  return holder ? std::optional(holder->first) : std::nullopt;
}

}  // namespace instanced
