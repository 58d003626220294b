#include "tests/simulation/people.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "tests/simulation/sim_replica.h"

namespace instanced {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::array kKinds{Kind::kConnectInstance, Kind::kSupplyChainInstance,
                            Kind::kCloudCallCenterInstance, Kind::kOutboundBotInstance};

// What a mould decides, and no update changes.
constexpr std::array kMoulded{"identityManagementType", "kmsKeyArn", "storageMaxDays"};

}  // namespace

std::string ParametersOf(Kind kind, const std::string& name, int edition, int mould) {
  nlohmann::json json;
  switch (kind) {
    case Kind::kConnectInstance:
      json = {{"identityManagementType", mould % 2 == 0 ? "CONNECT_MANAGED" : "SAML"},
              {"inboundCallsEnabled", edition % 2 == 0},
              {"outboundCallsEnabled", true}};
      if (!name.empty()) json["instanceAlias"] = name;
      break;
    case Kind::kSupplyChainInstance:
      json = {{"instanceDescription", "edition " + std::to_string(edition)},
              {"kmsKeyArn", "arn:aws:kms:us-east-1:000000000000:key/" + std::to_string(mould)}};
      if (!name.empty()) json["instanceName"] = name;
      break;
    case Kind::kCloudCallCenterInstance:
      json = {{"name", name},
              {"domainName", name},
              {"storageMaxDays", 30 + mould},
              {"storageMaxSize", 100}};
      break;
    case Kind::kOutboundBotInstance:
      json = {{"instanceName", name}, {"maxConcurrentConversation", 4 + edition}};
      break;
    case Kind::kPluginInstance:
    case Kind::kProviderConfig:
      break;
  }
  return json.dump();
}

People::People(SimWorld& world, int objects) : world_(world) {
  const bool guarded = world_.setup.accounts == Accounts::kGuarded;
  world_.objects.Declare(ObjectKey{Kind::kProviderConfig, "default", "default"},
                         guarded ? GuardedConfig() : ProviderConfigSpec{});
  for (int i = 0; i < objects; ++i) {
    Wish wish;
    wish.key = {kKinds[Below(kKinds.size())], "default", "o" + std::to_string(i)};
    // Where the quota of an account is small, most objects use it.
    const bool tight = world_.setup.churn.limit < ChurnOptions{}.limit;
    if (tight && UniformBelow(world_.later_chance, 2) == 0) wish.key.kind = kKinds.front();
    const auto climate = world_.setup.climate;
    if (climate == Climate::kCrowd || climate == Climate::kQuota) wish.key.kind = kKinds.front();
    if (climate == Climate::kAbsence) wish.key.kind = kKinds[static_cast<std::size_t>(i % 2)];
    const bool may_lack_name =
        wish.key.kind == Kind::kConnectInstance || wish.key.kind == Kind::kSupplyChainInstance;
    wish.name = may_lack_name && Below(3) == 0 ? "" : "name-" + std::to_string(i);
    if (climate == Climate::kAbsence) wish.name.clear();
    wishes_.emplace(wish.key, wish);
  }
}

Wish* People::Add(Kind kind, const std::string& name) {
  Wish wish;
  wish.key = {kind, "default", name};
  wish.name = name;
  return &wishes_.emplace(wish.key, wish).first->second;
}

std::vector<ObjectKey> People::keys() const {
  std::vector<ObjectKey> keys{{Kind::kProviderConfig, "default", "default"},
                              {Kind::kProviderConfig, "default", "second"}};
  for (const auto& [key, wish] : wishes_) keys.push_back(key);
  return keys;
}

void People::Consider(Wish& wish) {
  const auto& spec = wish.spec;
  const bool forbidden = wish.paused || spec.prevent_destroy == PreventDestroy::kYes ||
                         spec.deletion_policy == DeletionPolicy::kRetain ||
                         !spec.management_policies.Allows(ManagementPolicy::kDelete);
  for (const auto policy :
       {ManagementPolicy::kCreate, ManagementPolicy::kUpdate, ManagementPolicy::kDelete}) {
    if (spec.management_policies.Allows(policy)) {
      wish.withheld_since.erase(policy);
    } else {
      wish.withheld_since.try_emplace(policy, world_.Now());
    }
  }
  wish.may_adopt = wish.may_adopt || !spec.external_name.empty() ||
                   spec.adoption_policy == AdoptionPolicy::kByNaturalKey;
  if (!forbidden) {
    wish.forbidden_since.reset();
  } else if (!wish.forbidden_since) {
    wish.forbidden_since = world_.Now();
  }
  if (spec.replace_policy == ReplacePolicy::kRecreate ||
      spec.on_create_failed == OnCreateFailed::kRecreate) {
    wish.replaceable = true;
  }
  if (MayReplace(wish)) {
    wish.replacement_unwanted_since.reset();
  } else if (!wish.replacement_unwanted_since) {
    wish.replacement_unwanted_since = world_.Now();
  }
}

// Whether what is declared may be a reason to replace the instance there is.
bool People::MayReplace(const Wish& wish) const {
  if (wish.spec.on_create_failed == OnCreateFailed::kRecreate) return true;
  if (wish.spec.replace_policy == ReplacePolicy::kHold) return false;
  const auto object = world_.objects.Instance(wish.key);
  const auto* instance = object ? world_.cloud.Find(object->status.external_name) : nullptr;
  if (!instance) return true;
  const auto declared = nlohmann::json::parse(wish.spec.for_provider);
  return std::ranges::any_of(kMoulded, [&](const char* field) {
    return declared.contains(field) &&
           instance->fields.value(field, nlohmann::json()) != declared[field];
  });
}

void People::Declare(Wish& wish) {
  wish.spec.for_provider = ParametersOf(wish.key.kind, wish.name, wish.edition, wish.mould);
  wish.declared = true;
  if (!world_.objects.Instance(wish.key)) wish.paused = false;
  world_.Note("somebody declares " + ToString(wish.key) + " " + wish.spec.for_provider);
  world_.objects.Declare(wish.key, wish.spec);
  Plant(wish);
  Consider(wish);
}

void People::Plant(const Wish& wish) {
  const auto object = world_.objects.Instance(wish.key);
  if (object && FindValue(object->meta.annotations, "example.com/note")) return;
  world_.objects.Annotate(wish.key, {{"example.com/note", std::string(kPlantedSecret)}});
}

void People::Delete(Wish& wish) {
  wish.declared = false;
  world_.Note("somebody deletes " + ToString(wish.key));
  world_.objects.Delete(wish.key);
}

void People::ChangePolicy(Wish& wish) {
  auto& spec = wish.spec;
  switch (Below(5)) {
    case 0:
      spec.deletion_policy = Below(3) == 0 ? DeletionPolicy::kRetain : DeletionPolicy::kDelete;
      break;
    case 1:
      spec.prevent_destroy = Below(3) == 0 ? PreventDestroy::kYes : PreventDestroy::kNo;
      break;
    case 2:
      spec.on_missing = Below(2) == 0 ? OnMissing::kRecreate : OnMissing::kAlert;
      break;
    case 3:
      spec.on_create_failed = Below(2) == 0 ? OnCreateFailed::kRecreate : OnCreateFailed::kAlert;
      break;
    default:
      spec.replace_policy = Below(2) == 0 ? ReplacePolicy::kRecreate : ReplacePolicy::kHold;
  }
}

void People::DeleteAll() {
  for (auto& [key, wish] : wishes_) {
    if (wish.declared) Delete(wish);
  }
}

void People::ActOnce() {
  auto it = wishes_.begin();
  std::advance(it, static_cast<std::ptrdiff_t>(Below(wishes_.size())));
  Wish& wish = it->second;
  const auto dice = Below(100);
  if (!world_.script.Plays("people", "act " + std::to_string(dice) + " on " + ToString(wish.key))) {
    return;
  }
  if (wish.declared && dice == 79) return DeleteAll();
  if (!wish.declared) {
    Declare(wish);
  } else if (dice < 30) {
    ++wish.edition;
    Declare(wish);
  } else if (dice < 38) {
    // Some change their minds.
    wish.mould += wish.mould > 0 && wish.edition % 3 == 1 ? -1 : 1;
    Declare(wish);
  } else if (dice < 53) {
    ChangePolicy(wish);
    Declare(wish);
  } else if (dice < 63) {
    wish.paused = !wish.paused;
    if (!world_.objects.Instance(wish.key)) return;
    world_.Note("somebody " + std::string(wish.paused ? "pauses " : "resumes ") +
                ToString(wish.key));
    world_.objects.Annotate(wish.key,
                            {{std::string(kPausedAnnotation), wish.paused ? "true" : ""}});
    Consider(wish);
  } else if (dice < 80) {
    Delete(wish);
    if (dice >= 76) Declare(wish);
  } else {
    Meddle();
  }
}

// What others do at the cloud.
void People::Meddle() {
  auto live = world_.cloud.Live();
  const auto dice = Below(10);
  if (dice == 0) {
    auto it = wishes_.begin();
    std::advance(it, static_cast<std::ptrdiff_t>(Below(wishes_.size())));
    const auto& [key, wish] = *it;
    if (wish.name.empty() || world_.objects.Instance(key)) return;
    for (const auto* other : live) {
      if (other->fields.dump().find(wish.name) != std::string::npos) return;
    }
    world_.Note("an outsider takes the name " + wish.name);
    auto fields = nlohmann::json::parse(ParametersOf(key.kind, wish.name, 0, 0));
    foreign_.insert(world_.cloud.Add(key.kind, std::move(fields)).id);
    if (TraitsOf(key.kind).churn_limited) world_.cloud.CountChurn();
    world_.Fault("outsider takes a name");
    return;
  }
  if (live.empty()) return;
  auto& instance = *live[Below(live.size())];
  if (foreign_.contains(instance.id)) return;
  if (dice < 3) {
    world_.Note("an outsider removes " + instance.id);
    removed_.insert(instance.id);
    if (TraitsOf(instance.kind).churn_limited) world_.cloud.CountChurn();
    world_.Fault("outsider removes an instance");
    world_.cloud.Vanish(instance.id);
  } else if (dice < 6) {
    world_.Note("an outsider changes " + instance.id);
    world_.Fault("outsider changes an instance");
    if (instance.kind == Kind::kConnectInstance) instance.fields["outboundCallsEnabled"] = false;
    if (instance.kind == Kind::kSupplyChainInstance) instance.fields["instanceDescription"] = "x";
    if (instance.kind == Kind::kOutboundBotInstance)
      instance.fields["maxConcurrentConversation"] = 1;
  } else {
    auto& hidden = hidden_at_[instance.id];
    if (world_.Now() - hidden < minutes(2) || world_.Now() - instance.created < minutes(3)) return;
    hidden = world_.Now();
    instance.shown_at = world_.Now() + seconds(1 + Below(24));
    world_.Fault("cloud loses sight of an instance");
    world_.Note("the cloud loses sight of " + instance.id);
  }
}

void People::Live(MonotonicTime until) { ActAgain(until); }

void People::ActAgain(MonotonicTime until) {
  // Often close together, sometimes with long silence.
  const Duration gap =
      Below(4) == 0 ? Duration(seconds(60 + Below(900))) : Duration(seconds(Below(40)));
  if (world_.Now() + gap >= until) return;
  world_.After(gap, [this, until] {
    ActOnce();
    ActAgain(until);
  });
}

void People::CalmDown() {
  world_.Note("people calm down");
  for (auto& [key, wish] : wishes_) {
    wish.paused = false;
    wish.spec.prevent_destroy = PreventDestroy::kNo;
    const auto object = world_.objects.Instance(key);
    if (wish.declared || object) {
      world_.objects.Annotate(key, {{std::string(kPausedAnnotation), ""}});
    }
    if (wish.declared) {
      auto spec = wish.spec;
      spec.for_provider = ParametersOf(key.kind, wish.name, wish.edition, wish.mould);
      world_.objects.Declare(key, spec);
    } else if (object) {
      auto spec = object->spec;
      spec.prevent_destroy = PreventDestroy::kNo;
      spec.provider_config_ref = "default";
      world_.objects.ChangeLeaving(key, spec);
    }
    Consider(wish);
  }
  ApproveAgain();
}

void People::ApproveAgain() {
  if (!approving_since_) approving_since_ = world_.Now();
  for (auto* replica : world_.Replicas()) {
    if (replica->daemon && replica->CanRun()) replica->daemon->ApproveBrakes("somebody");
  }
  world_.After(minutes(1), [this] { ApproveAgain(); });
}

}  // namespace instanced
