#include "tests/simulation/sim_world.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace instanced {
namespace {

// Resumes without time moving before it counts as a livelock.
constexpr int kResumesAtOnceMax = 200'000;

}  // namespace

class SimWorld::Daemon::WatchedGate final : public CallGate {
 public:
  WatchedGate(SimWorld& world, Domain domain, CallGate& gate)
      : world_(world), domain_(std::move(domain)), gate_(gate) {}
  Result<void> Enter(const CallContext& context, std::string_view operation) override {
    const bool ungated = world_.ungated && world_.ungated();
    auto entered = ungated ? Result<void>{} : gate_.Enter(context, operation);
    if (entered && world_.entered) world_.entered(domain_, operation);
    return entered;
  }
  void Leave(const CallContext& context, std::string_view operation,
             const CallOutcome& outcome) override {
    gate_.Leave(context, operation, outcome);
  }

 private:
  SimWorld& world_;
  Domain domain_;
  CallGate& gate_;
};

SimWorld::SimWorld(std::uint64_t seed, std::size_t trace_kept)
    : chance(seed * 4 + 1),
      order(seed * 4 + 2),
      daemon_chance(seed * 4 + 3),
      executor(order),
      objects(executor.clock()),
      store(objects, executor.clock()),
      cloud(executor.clock()),
      trace(trace_kept) {
  options.owner = "simulated";
}

SimWorld::~SimWorld() {
  executor.DropAll();
  cloud.gates = nullptr;
  store.Disconnect();
}

void SimWorld::Start() {
  Note("daemon starts");
  daemon_ = std::make_unique<Daemon>(*this);
}

void SimWorld::CrashSoon(Duration down) {
  if (daemon_ && !crash_soon_) crash_soon_ = down;
}

void SimWorld::Crash() {
  Note("daemon crashes");
  ++crashes_;
  executor.DropAll();
  cloud.gates = nullptr;
  store.Disconnect();
  daemon_.reset();
  After(*std::exchange(crash_soon_, std::nullopt), [this] { Start(); });
}

void SimWorld::Violate(std::string what) {
  Note("BROKEN: " + what);
  violations_.push_back({std::move(what)});
}

std::optional<MonotonicTime> SimWorld::NextThing() const {
  std::optional<MonotonicTime> next = executor.NextTimer();
  const auto earlier = [&](std::optional<MonotonicTime> when) {
    if (when && (!next || *when < *next)) next = when;
  };
  earlier(store.NextDue());
  earlier(cloud.NextLate());
  if (!agenda_.empty()) earlier(agenda_.begin()->first);
  return next;
}

// Runs what can run now; false when time has to move.
bool SimWorld::Turn() {
  for (int resumes = 0; executor.RunOne(); ++resumes) {
    if (crash_soon_) Crash();
    if (!violations_.empty()) return true;
    if (resumes == kResumesAtOnceMax) {
      Violate("livelock: resumes without end while time stands still");
      return true;
    }
  }
  return false;
}

void SimWorld::Run(Duration by) {
  const MonotonicTime end = Now() + by;
  while (violations_.empty()) {
    Turn();
    if (!violations_.empty()) return;
    const auto next = NextThing();
    const MonotonicTime to = next ? std::min(*next, end) : end;
    executor.clock().Advance(std::max(to - Now(), Duration::zero()));
    if (executor.NextTimer() && *executor.NextTimer() <= Now()) executor.MoveToNextTimer();
    store.DeliverDue();
    cloud.RunLate();
    while (!agenda_.empty() && agenda_.begin()->first <= Now()) {
      auto appointment = agenda_.extract(agenda_.begin());
      appointment.mapped()();
      if (crash_soon_) Crash();
    }
    if (Now() >= end) return;
  }
}

SimWorld::Daemon::Daemon(SimWorld& in)
    : world(in),
      gates(budget, in.executor.clock(), *this),
      fence("simulated", in.crashes_ + 1),
      passes(in.executor),
      others(in.executor),
      guards({in.executor.clock(), budget, churn, brakes, in.ledger, cache,
              [this](Task<void> task) { others.Spawn(std::move(task)); },
              [](const ObjectKey&, const std::string&) {}}),
      reconciler(
          {in.executor.clock(), in.daemon_chance, cache, *in.writer, *in.providers, in.ledger,
           guards, fence, *this,
           [this](const ObjectKey& key, Priority priority) { controller.Wake(key, priority); },
           [this](Task<void> task) { others.Spawn(std::move(task)); }, stop.token()},
          in.options),
      controller({in.executor.clock(),
                  queue,
                  reconciler,
                  passes,
                  {[this](MonotonicTime now) { return budget.PopReady(now); },
                   [this](MonotonicTime now) { return budget.NextWake(now); }}}),
      informer(cache, [this](const Change& change) { controller.OnChange(change); }) {
  in.cloud.gates = this;
  others.Spawn(Boot());
}

Task<void> SimWorld::Daemon::Boot() {
  auto churning =
      world.ledger.LoadChurn(world.executor.clock().WallNow() - std::chrono::hours(24 * 30));
  if (auto entries = co_await churning) churn.Load(*entries);
  auto loading = world.ledger.LoadDocuments();
  auto documents = co_await loading;
  for (const auto& document : *documents) {
    const auto json = nlohmann::json::parse(document.json, nullptr, false);
    const Instant at{world.Now(), world.executor.clock().WallNow()};
    if (document.name == kBrakesDocument) brakes.Import(json, at);
    if (document.name == kChurnDocument) churn.ImportMarks(json);
  }
  others.Spawn(world.store.Run(
      [this](WatchEvent event) {
        if (!world.misses || !world.misses(event)) informer.Handle(std::move(event));
      },
      stop.token()));
  others.Spawn(controller.Run(stop.token()));
}

CallGate& SimWorld::Daemon::GateFor(const Domain& domain) {
  auto& gate = watched[domain];
  if (!gate) gate = std::make_unique<WatchedGate>(world, domain, gates.GateFor(domain));
  return *gate;
}

void SimWorld::Daemon::PassFinished(const PassReport& report) { ++world.passes[report.key]; }

void SimWorld::Daemon::DecisionChanged(const InstanceObject& object, const Decision& decision) {
  world.Note("decides " + ToString(object.meta.key) + ": " + Explain(decision));
}

}  // namespace instanced
