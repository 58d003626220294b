#include "tests/fakes/daemon_world/daemon_world.h"

namespace instanced {

DaemonWorld::DaemonWorld(FakeCloudOptions cloud_options, std::uint64_t seed)
    : store(executor.clock()), cloud(executor.clock(), cloud_options), random(seed) {
  options.owner = "test-owner";
  store.Declare(ObjectKey{Kind::kProviderConfig, "default", "default"}, ProviderConfigSpec{});
}

DaemonWorld::~DaemonWorld() { Crash(); }

void DaemonWorld::Start() { daemon_ = std::make_unique<Daemon>(*this); }

void DaemonWorld::Crash() {
  executor.DropAll();
  cloud.gates = nullptr;
  daemon_.reset();
}

bool DaemonWorld::RunUntil(const std::function<bool()>& done, Duration limit) {
  const auto end = executor.Now() + limit;
  while (!done()) {
    if (executor.RunOne()) continue;
    const auto next = executor.NextTimer();
    if (!next || *next > end) return false;
    executor.MoveToNextTimer();
  }
  return true;
}

ObjectKey DaemonWorld::Declare(Kind kind, const std::string& name, const std::string& for_provider,
                               const std::function<void(InstanceSpec&)>& change) {
  InstanceSpec spec;
  spec.for_provider = for_provider;
  if (change) change(spec);
  const ObjectKey key{kind, "default", name};
  store.Declare(key, spec);
  return key;
}

std::string DaemonWorld::Condition(const ObjectKey& key, ConditionType type) const {
  const auto object = store.Instance(key);
  if (!object) return "gone";
  const auto* condition = object->status.conditions.Find(type);
  if (!condition) return "-";
  return std::string(ToString(condition->status)) + " " + std::string(ToString(condition->reason));
}

std::string DaemonWorld::Message(const ObjectKey& key, ConditionType type) const {
  const auto object = store.Instance(key);
  const auto* condition = object ? object->status.conditions.Find(type) : nullptr;
  return condition ? condition->message : "";
}

DaemonWorld::Daemon::Daemon(DaemonWorld& world)
    : gates(budget, world.executor.clock(), calls),
      fence("test", 1),
      passes(world.executor),
      others(world.executor),
      guards({world.executor.clock(), budget, churn, brakes, world.ledger, cache,
              [this](Task<void> task) { others.Spawn(std::move(task)); },
              [](const ObjectKey&, const std::string&) {}}),
      reconciler(
          {world.executor.clock(), world.random, cache, world.store, world.cloud, world.ledger,
           guards, world.fence ? *world.fence : fence, world.observer,
           [this](const ObjectKey& key, Priority priority) { controller.Wake(key, priority); },
           [this](Task<void> task) { others.Spawn(std::move(task)); }, stop.token()},
          world.options),
      controller({world.executor.clock(),
                  queue,
                  reconciler,
                  passes,
                  {[this](MonotonicTime now) { return budget.PopReady(now); },
                   [this](MonotonicTime now) { return budget.NextWake(now); }}}),
      informer(cache, [this](const Change& change) { OnChange(change); }) {
  world.cloud.gates = &gates;
  others.Spawn(world.store.Run([this](WatchEvent event) { informer.Handle(std::move(event)); },
                               stop.token()));
  others.Spawn(controller.Run(stop.token()));
}

void DaemonWorld::Daemon::OnChange(const Change& change) { controller.OnChange(change); }

}  // namespace instanced
