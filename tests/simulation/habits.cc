#include "tests/simulation/habits.h"

#include <algorithm>
#include <array>
#include <iterator>

#include <nlohmann/json.hpp>

#include "tests/simulation/sim_accounts.h"

namespace instanced {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::uint8_t kAllPolicies = ManagementPolicies().bits();
const ObjectKey kShared{Kind::kProviderConfig, "default", "default"};
const ObjectKey kSecond{Kind::kProviderConfig, "default", "second"};

}  // namespace

Habits::Habits(SimWorld& world, People& people) : world_(world), people_(people) {
  if (world_.setup.repertoire != Repertoire::kWhole) return;
  if (world_.setup.climate != Climate::kUsual || Below(3) != 0) return;
  has_any_ = true;
  const bool guarded = world_.setup.accounts == Accounts::kGuarded;
  world_.objects.Declare(kSecond, guarded ? GuardedConfig() : ProviderConfigSpec{});
  if (Below(2) == 0) AddTwin();
}

void Habits::AddTwin() {
  for (const auto& [key, wish] : people_.wishes()) {
    const bool unique = TraitsOf(key.kind).natural_key_scope == NaturalKeyScope::kUnique;
    if (!unique || wish.name.empty()) continue;
    people_.wish(key).has_twin = true;
    const std::string name = wish.name;
    auto* twin = people_.Add(key.kind, "twin");
    twin->name = name;
    twin->has_twin = true;
    return;
  }
}

void Habits::Withhold(Wish& wish) {
  static constexpr std::array<ManagementPolicy, 3> kActs{
      ManagementPolicy::kCreate, ManagementPolicy::kUpdate, ManagementPolicy::kDelete};
  std::uint8_t bits = kAllPolicies;
  for (const auto act : kActs) {
    if (Below(3) == 0) bits = static_cast<std::uint8_t>(bits & ~static_cast<std::uint8_t>(act));
  }
  wish.spec.management_policies = ManagementPolicies(bits);
}

void Habits::MoveToAnotherConfig(Wish& wish) {
  static constexpr std::array<const char*, 4> kNames{"default", "second", "second", "missing"};
  wish.spec.provider_config_ref = kNames[Below(kNames.size())];
}

void Habits::EditConfig() {
  is_account_wrong_ = !is_account_wrong_;
  const bool guarded = world_.setup.accounts == Accounts::kGuarded;
  auto config = guarded ? GuardedConfig() : ProviderConfigSpec{};
  if (is_account_wrong_ && config.aws) config.aws->account_id = "999999999999";
  if (is_account_wrong_ && config.alibaba) config.alibaba->account_id = "999999999999";
  world_.Note(is_account_wrong_ ? "somebody declares a wrong account" : "and the right one");
  world_.objects.Declare(kShared, config);
}

void Habits::TakeOver(Wish& wish) {
  if (wish.declared || world_.objects.Instance(wish.key)) return;
  for (const auto& id : people_.foreign()) {
    const auto* instance = world_.cloud.Find(id);
    if (!instance || instance->kind != wish.key.kind) continue;
    if (!wish.name.empty() && instance->fields.dump().find(wish.name) == std::string::npos)
      continue;
    world_.Note("somebody takes over " + id + " for " + ToString(wish.key));
    wish.spec.external_name = id;
    people_.Claim(std::string(id));
    return people_.Declare(wish);
  }
}

void Habits::ActOnce() {
  auto it = people_.wishes().begin();
  std::advance(it, static_cast<std::ptrdiff_t>(Below(people_.wishes().size())));
  Wish& wish = people_.wish(it->first);
  const auto dice = Below(8);
  const bool plays =
      world_.script.Plays("habit", "act " + std::to_string(dice) + " on " + ToString(wish.key));
  if (!plays) return;
  if (dice == 0) return EditConfig();
  if (dice == 1) return TakeOver(wish);
  if (dice < 4) {
    Withhold(wish);
  } else if (dice < 6) {
    MoveToAnotherConfig(wish);
  } else {
    static constexpr std::array<AdoptionPolicy, 3> kPolicies{
        AdoptionPolicy::kNever, AdoptionPolicy::kIfOwned, AdoptionPolicy::kByNaturalKey};
    wish.spec.adoption_policy = kPolicies[Below(kPolicies.size())];
  }
  if (wish.declared) people_.Declare(wish);
}

void Habits::Live(MonotonicTime until) {
  if (has_any_) ActAgain(until);
}

void Habits::ActAgain(MonotonicTime until) {
  const Duration gap =
      Below(3) == 0 ? Duration(seconds(30 + Below(900))) : Duration(seconds(Below(60)));
  if (world_.Now() + gap >= until) return;
  world_.After(gap, [this, until] {
    ActOnce();
    ActAgain(until);
  });
}

void Habits::CalmDown() {
  if (!has_any_) return;
  if (is_account_wrong_) EditConfig();
  for (const auto& [key, known] : people_.wishes()) {
    auto& spec = people_.wish(key).spec;
    spec.management_policies = ManagementPolicies();
    spec.provider_config_ref = "default";
    spec.adoption_policy = AdoptionPolicy::kIfOwned;
    const auto object = world_.objects.Instance(key);
    const bool bound = object && !object->status.external_name.empty();
    if (!bound) spec.external_name.clear();
  }
}

}  // namespace instanced
