#include "tests/simulation/sim_replica.h"

#include <nlohmann/json.hpp>

#include "controller/task/sleep.h"

namespace instanced {

class SimDaemon::WatchedGate final : public CallGate {
 public:
  WatchedGate(SimWorld& world, int replica, Domain domain, CallGate& gate)
      : world_(world), replica_(replica), domain_(std::move(domain)), gate_(gate) {}
  Result<void> Enter(const CallContext& context, std::string_view operation) override {
    const bool ungated = world_.bugs.Is(Bug::kRateForgotten);
    auto entered = ungated ? Result<void>{} : gate_.Enter(context, operation);
    if (entered && world_.entered) world_.entered(replica_, domain_, operation);
    return entered;
  }
  void Leave(const CallContext& context, std::string_view operation,
             const CallOutcome& outcome) override {
    if (world_.left) world_.left(replica_, domain_, operation, outcome);
    CallOutcome told = outcome;
    if (world_.bugs.Is(Bug::kThrottleNotTold)) told.error_class.reset();
    if (world_.bugs.Is(Bug::kRetryAfterIgnored)) told.retry_after.reset();
    gate_.Leave(context, operation, told);
  }

 private:
  SimWorld& world_;
  int replica_;
  Domain domain_;
  CallGate& gate_;
};

SimReplica::SimReplica(SimWorld& world, int own_number, Duration skew)
    : number(own_number),
      executor(world.order, ManualClock::kWallStart +
                                std::chrono::duration_cast<std::chrono::milliseconds>(skew)),
      telling(ManualClock::kWallStart +
              std::chrono::duration_cast<std::chrono::milliseconds>(skew)),
      store(world.memory, executor.clock(), world.store, own_number),
      api(world.memory, world.history, world.events, executor.clock(), world.api, own_number),
      cloud(world.cloud, own_number),
      sts(world.sts, executor.clock(), own_number),
      leases(world.leases, executor.clock()) {
  leases.latency = [&world] { return world.lease_latency ? world.lease_latency() : Duration{}; };
  leases.fate = [&world](const std::string& what) {
    return world.lease_fate ? world.lease_fate(what) : LeaseCallFate::kNormal;
  };
}

LeaseOptions SimDaemon::LeaseOptionsFor(int life) const {
  LeaseOptions options;
  options.identity = "r" + std::to_string(replica_.number) + "-" + std::to_string(life);
  options.sharding = world_.setup.sharding;
  if (world_.bugs.Is(Bug::kLeaseCountedTooLong)) options.timing.duration *= 4;
  if (world_.bugs.Is(Bug::kLeaseCountedTooLong)) options.timing.renew_deadline *= 4;
  return options;
}

SimDaemon::SimDaemon(SimWorld& world, SimReplica& replica)
    : world_(world),
      replica_(replica),
      clock_(replica.executor.clock()),
      folder_(world.folder ? std::make_unique<FolderProcess>(*world.folder, replica.number,
                                                             replica.executor, clock_)
                           : nullptr),
      ledger_(folder_ ? folder_->ledger() : world.ledger),
      accounts_(world.setup.accounts == Accounts::kGuarded
                    ? std::make_unique<SimAccounts>(replica.sts, clock_, world.daemon_chance,
                                                    static_cast<GateSource&>(*this), replica.cloud)
                    : nullptr),
      bugs_(std::make_unique<BugLayer>(
          world.bugs,
          BugSeams{folder_ ? folder_->writer() : replica.store,
                   accounts_ ? static_cast<ProviderRegistry&>(*accounts_) : replica.cloud,
                   replica.leases, clock_, world.objects,
                   [this](Task<void> task) { others_.Spawn(std::move(task)); }})),
      telling_(world, replica, cache_),
      gates_(budget_, clock_, *this),
      churn_(world.setup.churn),
      sole_(world.setup.contention == Contention::kSole
                ? std::make_unique<SoleFence>("simulated", world.crashes() + 1)
                : nullptr),
      keeper_(sole_ ? nullptr
                    : std::make_unique<LeaseKeeper>(
                          LeaseKeeper::Deps{bugs_->leases(), clock_, world.daemon_chance,
                                            replica.executor, *this, alarm_},
                          LeaseOptionsFor(replica.lives))),
      own_fence_(sole_ ? static_cast<Fence*>(sole_.get()) : keeper_.get()),
      passes_(replica.executor),
      others_(replica.executor),
      guards_({clock_, budget_, churn_, brakes_, ledger_, cache_,
               [this](Task<void> task) { others_.Spawn(std::move(task)); },
               [](const ObjectKey&, const std::string&) {}}),
      reconciler_({clock_, world.daemon_chance, cache_, bugs_->writer(), bugs_->providers(),
                   bugs_->Over(ledger_), bugs_->Over(guards_), bugs_->Over(*own_fence_), *this,
                   [this](const ObjectKey& key, Priority priority) {
                     if (!bugs_->LosesWake()) controller_.Wake(key, priority);
                   },
                   [this](Task<void> task) { others_.Spawn(std::move(task)); }, stop_.token()},
                  world.options),
      controller_({clock_,
                   queue_,
                   reconciler_,
                   passes_,
                   {[this](MonotonicTime now) { return budget_.PopReady(now); },
                    [this](MonotonicTime now) { return budget_.NextWake(now); }}}),
      informer_(cache_, [this](const Change& change) { controller_.OnChange(change); }) {
  replica.cloud.gates = this;
  others_.Spawn(Boot());
  if (keeper_) others_.Spawn(keeper_->Run(stop_.token(), std::chrono::seconds(5)));
}

SimDaemon::~SimDaemon() = default;

Task<void> SimDaemon::Restore() {
  auto churning = ledger_.LoadChurn(clock_.WallNow() - std::chrono::hours(24 * 30));
  if (auto entries = co_await churning) churn_.Load(*entries);
  auto loading = ledger_.LoadDocuments();
  auto documents = co_await loading;
  if (!documents) co_return;
  for (const auto& document : *documents) {
    const auto json = nlohmann::json::parse(document.json, nullptr, false);
    const Instant at{clock_.Now(), clock_.WallNow()};
    if (document.name == kBrakesDocument) brakes_.Import(json, at);
    if (document.name == kChurnDocument) churn_.ImportMarks(json);
  }
}

Source& SimDaemon::HearsFrom() {
  if (world_.setup.hearing == Hearing::kStore) return replica_.store;
  if (folder_) return folder_->source();
  kube_ = std::make_unique<KubeClient>(replica_.api, replica_.api, clock_, KubeConfig{},
                                       ReadSmallFile, KubeClientOptions{}, nullptr);
  KubeSourceOptions options;
  options.kinds.assign(InstanceKinds().begin(), InstanceKinds().end());
  options.kinds.push_back(Kind::kProviderConfig);
  options.page_size = 2;
  options.knows = [this](const ObjectKey& key, std::string_view uid, std::string_view version) {
    return cache_.Knows(key, uid, version);
  };
  kube_source_ = std::make_unique<KubeSource>(*kube_, clock_, world_.daemon_chance,
                                              std::move(options), nullptr);
  return *kube_source_;
}

Task<void> SimDaemon::Boot() {
  auto restoring = Restore();
  co_await restoring;
  others_.Spawn(HearsFrom().Run(
      [this](WatchEvent event) {
        if (auto seen = bugs_->Seen(std::move(event))) informer_.Handle(std::move(*seen));
      },
      stop_.token()));
  others_.Spawn(controller_.Run(stop_.token()));
}

void SimDaemon::LeaseTaken(const std::string& lease) {
  world_.Note("replica " + std::to_string(replica_.number) + " takes " + lease);
  others_.Spawn(Prepare(lease));
}

Task<void> SimDaemon::Prepare(std::string lease) {
  if (!world_.bugs.Is(Bug::kLedgerNotReadAnew)) {
    auto restoring = Restore();
    co_await restoring;
  }
  if (!world_.bugs.Is(Bug::kBudgetNotEmptied)) budget_.TakeOver(clock_.Now());
  keeper_->BeginWork(lease, keeper_->TenureNumber(lease));
  if (!world_.bugs.Is(Bug::kNobodyLooksAnew)) controller_.TakeOver(cache_);
}

void SimDaemon::LeaseEnded(const std::string& lease) {
  world_.Note("replica " + std::to_string(replica_.number) + " no longer holds " + lease);
}

void SimDaemon::LeaseRanOut() {
  world_.Note("replica " + std::to_string(replica_.number) + " could not renew");
  world_.CrashSoon(replica_.number, std::chrono::seconds(2));
}

CallGate& SimDaemon::GateFor(const Domain& domain) {
  auto& gate = watched_[domain];
  if (!gate) {
    gate = std::make_unique<WatchedGate>(world_, replica_.number, domain, gates_.GateFor(domain));
  }
  return *gate;
}

void SimDaemon::PassFinished(const PassReport& report) {
  ++world_.passes[report.key];
  if (world_.bugs.Is(Bug::kHotLoop)) others_.Spawn(LookAgain(report.key));
  telling_.PassFinished(report);
}

// Bug::kHotLoop.
Task<void> SimDaemon::LookAgain(ObjectKey key) {
  SleepUntil soon(clock_.Now() + std::chrono::seconds(1));
  co_await soon;
  controller_.Wake(key, Priority::kUrgent);
}

void SimDaemon::DecisionChanged(const InstanceObject& object, const Decision& decision) {
  const std::string text = ToString(object.meta.key) + ": " + Explain(decision);
  if (world_.said) world_.said(text);
  world_.Note("decides " + text);
  telling_.DecisionChanged(object, decision);
}

void SimDaemon::ApproveBrakes(const std::string& who) {
  for (const auto& brake : brakes_.List()) {
    world_.Note(who + " approves brake " + brake.id);
    const auto approved = brakes_.Approve(brake.id, who, {clock_.Now(), clock_.WallNow()});
    if (!approved) continue;
    guards_.BrakesChanged();
    for (const auto& key : *approved) controller_.Wake(key, Priority::kUrgent);
  }
}

}  // namespace instanced
