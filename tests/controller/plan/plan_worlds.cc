#include "tests/controller/plan/plan_worlds.h"

#include <array>

#include <nlohmann/json.hpp>

#include "controller/reconcile/claims.h"

namespace instanced {
namespace {

constexpr std::array kKinds{Kind::kConnectInstance, Kind::kSupplyChainInstance,
                            Kind::kCloudCallCenterInstance, Kind::kOutboundBotInstance};
constexpr std::array<const char*, 4> kNames{"desk", "help", "north", "south"};

FakeCloudOptions Options() {
  FakeCloudOptions options;
  options.create_takes = CreateTakes::kWhatIsSent;
  options.latency = std::chrono::milliseconds(1);
  return options;
}

std::string_view SortOf(const PlannedCall& call, const KindTraits& traits) {
  const std::string_view operation =
      std::string_view(call.operation).substr(call.operation.find(':') + 1);
  if (operation == traits.operations.create) return "Create";
  return operation == traits.operations.remove ? "Delete" : "Update";
}

bool Mutates(const FakeCall& call) {
  return call.operation != "Observe" && call.operation != "List";
}

}  // namespace

PlanWorld::PlanWorld(std::uint64_t seed) : world(Options(), seed), dice_(seed) {
  DeclareSome();
  SettleStrangers();
  WorkAWhile();
  // The store still speaks to the daemon; that dies before it can do anything about the changes.
  ChangeThings();
  world.Crash();
}

std::string PlanWorld::Parameters(Kind kind, const std::string& name) {
  nlohmann::json json;
  switch (kind) {
    case Kind::kConnectInstance:
      json = {{"identityManagementType", "CONNECT_MANAGED"},
              {"inboundCallsEnabled", Chance(50)},
              {"outboundCallsEnabled", Chance(50)}};
      if (Chance(70)) json["instanceAlias"] = name;
      if (Chance(40)) json["attributes"] = {{"CONTACT_LENS", Chance(50) ? "true" : "false"}};
      if (Chance(30)) json["tags"] = {{"team", kNames[Pick(4)]}};
      break;
    case Kind::kSupplyChainInstance:
      json = {{"kmsKeyArn", "key-" + std::to_string(Pick(2))}};
      if (Chance(70)) json["instanceName"] = name;
      if (Chance(50)) json["instanceDescription"] = kNames[Pick(4)];
      break;
    case Kind::kCloudCallCenterInstance:
      json = {{"domainName", name}, {"name", name}};
      break;
    default:
      json = {{"instanceName", name},
              {"instanceDescription", kNames[Pick(4)]},
              {"maxConcurrentConversation", Pick(3)}};
      if (Chance(40)) json["callingNumbers"] = {std::to_string(100 + Pick(3))};
      break;
  }
  return json.dump();
}

void PlanWorld::DeclareSome() {
  const auto count = 1 + Pick(4);
  for (std::uint64_t i = 0; i < count; ++i) {
    const Kind kind = kKinds[Chance(60) ? 0 : Pick(kKinds.size())];
    const std::string name = kNames[Pick(4)];
    // Two objects that want one natural key are part of life.
    const std::string wants = Chance(85) ? name : kNames[Pick(4)];
    keys_.push_back(world.Declare(kind, name, Parameters(kind, wants), [&](InstanceSpec& spec) {
      if (Chance(15)) spec.adoption_policy = AdoptionPolicy::kByNaturalKey;
      if (Chance(10)) spec.adoption_policy = AdoptionPolicy::kNever;
      if (Chance(10)) spec.deletion_policy = DeletionPolicy::kRetain;
      if (Chance(30)) spec.on_missing = OnMissing::kRecreate;
      if (Chance(30)) spec.on_create_failed = OnCreateFailed::kRecreate;
      if (Chance(30)) spec.replace_policy = ReplacePolicy::kRecreate;
      if (Chance(10)) spec.prevent_destroy = PreventDestroy::kYes;
      if (Chance(15))
        spec.management_policies = ManagementPolicies(static_cast<std::uint8_t>(1 + Pick(15)));
    }));
  }
}

void PlanWorld::SettleStrangers() {
  const auto count = Pick(4);
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto& key = keys_[Pick(keys_.size())];
    const auto& traits = TraitsOf(key.kind);
    ObservedMark mark;
    auto fields = nlohmann::json::parse(Parameters(key.kind, kNames[Pick(4)]));
    const auto object = world.Object(key);
    // Found under another name than its object's, who reads the mark first decides what becomes of
    // it: that is no state a plan can be exact about.
    const auto natural = NaturalKeyOf(traits, object->spec);
    if (!natural.empty() && Chance(60)) {
      fields[std::string(traits.natural_key_field)] = natural;
      keep_names_.insert(key);
      const bool ours = Chance(50);
      const Mark made = MakeMark(ours ? "test-owner" : "somebody-else", key,
                                 Chance(50) ? object->meta.uid : "an-earlier-life");
      mark = traits.mark_style == MarkStyle::kTags ? ObservedMark{made.owner_value, made.uid, ""}
                                                   : ObservedMark{"", "", made.suffix};
    }
    auto& instance = world.cloud.Add(key.kind, std::move(fields), mark);
    if (Chance(10)) instance.ready_at = world.executor.Now() + std::chrono::minutes(1);
    // How something ends that has only begun, nobody can plan.
    if (Chance(10) && instance.ready_at <= world.executor.Now()) {
      instance.ends_as = Lifecycle::kCreateFailed;
    }
    if (Chance(10)) instance.gone_at = world.executor.Now() + std::chrono::minutes(1);
  }
}

void PlanWorld::WorkAWhile() {
  if (Chance(15)) return;
  // Some answers are lost, and now and then everything stops in the middle.
  const int faults = Chance(30) ? 30 : 0;
  world.cloud.fate = [this, faults](const FakeCall& call) {
    if (!Mutates(call) || !Chance(faults)) return Fate{};
    Error error;
    error.error_class = ErrorClass::kInDoubt;
    error.code = "TimedOut";
    error.message = "no answer";
    error.reach = Reach::kUnknown;
    return Fate{Chance(50) ? CallFate::kAnswerLost : CallFate::kRefused, error, {}};
  };
  world.Start();
  world.Run(Chance(50) ? Duration(std::chrono::minutes(3))
                       : Duration(std::chrono::milliseconds(1 + Pick(30'000))));
  world.cloud.fate = {};
}

void PlanWorld::Drift(FakeInstance& instance) {
  if (Chance(20)) {
    world.cloud.Vanish(instance.id);
    return;
  }
  auto& fields = instance.fields;
  if (fields.contains("inboundCallsEnabled") && Chance(50)) {
    fields["inboundCallsEnabled"] = !fields["inboundCallsEnabled"].get<bool>();
  }
  if (fields.contains("instanceDescription") && Chance(50)) fields["instanceDescription"] = "other";
  if (fields.contains("attributes") && Chance(50)) fields.erase("attributes");
  if (fields.contains("kmsKeyArn") && Chance(30)) fields["kmsKeyArn"] = "another";
  if (Chance(10)) instance.mark = {};
}

void PlanWorld::Edit(const ObjectKey& key) {
  const auto object = world.Object(key);
  if (!object || keep_names_.contains(key)) return;
  InstanceSpec spec = object->spec;
  spec.for_provider = Parameters(key.kind, Chance(80) ? key.name : kNames[Pick(4)]);
  if (Chance(20)) spec.deletion_policy = DeletionPolicy::kDelete;
  if (Chance(20)) spec.prevent_destroy = PreventDestroy::kNo;
  world.store.Declare(key, spec);
  if (object->meta.IsDeleting()) reborn_[key] = spec;
}

void PlanWorld::ChangeThings() {
  for (auto* instance : world.cloud.Live()) {
    if (Chance(30)) Drift(*instance);
  }
  const bool many_go = Chance(15);
  for (const auto& key : keys_) {
    if (many_go || Chance(15)) {
      world.store.Delete(key);
      reborn_.erase(key);
    } else if (Chance(30)) {
      Edit(key);
    } else if (Chance(8) && world.Object(key)) {
      world.store.Annotate(key, {{std::string(kPausedAnnotation), "true"}});
    }
  }
}

PlanReport PlanWorld::Plan() {
  PlanStart start;
  start.options = world.options;
  for (const auto& key : std::set<ObjectKey>(keys_.begin(), keys_.end())) {
    if (auto object = world.Object(key)) start.instances.push_back(std::move(object));
  }
  for (const auto& [key, spec] : reborn_) {
    InstanceObject next;
    next.meta.key = key;
    next.meta.uid = "next-life-of-" + instanced::ToString(key);
    next.spec = spec;
    next.status = PendingStatus(FormatRfc3339(world.executor.clock().WallNow()));
    start.next_lives[key] = std::make_shared<const InstanceObject>(std::move(next));
  }
  start.configs.push_back(world.store.Config({Kind::kProviderConfig, "default", "default"}));
  const auto recorded = start.instances;
  Planner planner({world.executor.clock(), &world.cloud, recorded, {}, MonotonicTime::max()},
                  std::move(start));
  PlanReport report;
  {
    TaskGroup group(world.executor);
    const auto keep = [](Task<PlanReport> planning, PlanReport* kept) -> Task<void> {
      *kept = co_await planning;
    };
    group.Spawn(keep(planner.Run(), &report));
    world.RunUntil([&] { return group.size() == 0; }, std::chrono::minutes(1));
  }
  return report;
}

MutationCount PlanWorld::Act() {
  const auto before = world.cloud.calls().size();
  world.Start();
  world.Run(std::chrono::hours(4));
  MutationCount count;
  const auto& calls = world.cloud.calls();
  for (std::size_t i = before; i < calls.size(); ++i) {
    if (Mutates(calls[i])) ++count[{instanced::ToString(calls[i].key), calls[i].operation}];
  }
  return count;
}

std::size_t PlanWorld::Effects() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(world.cloud.calls(), [](const auto& call) { return Mutates(call); }));
}

MutationCount CountOf(const PlanReport& report) {
  MutationCount count;
  for (const auto& object : report.objects) {
    for (const auto& call : object.calls) {
      ++count[{instanced::ToString(object.key),
               std::string(SortOf(call, TraitsOf(object.key.kind)))}];
    }
  }
  return count;
}

std::string ToString(const MutationCount& count) {
  std::string text;
  for (const auto& [what, times] : count) {
    text += "  " + what.second + " " + what.first + " x" + std::to_string(times) + "\n";
  }
  return text;
}

}  // namespace instanced
