#include "tests/simulation/sim_world.h"

#include <algorithm>

#include "tests/simulation/sim_replica.h"

namespace instanced {
namespace {

// Resumes without time moving before it counts as a livelock.
constexpr int kResumesAtOnceMax = 200'000;
// How soon after a lease ran out a watchdog thread may come to see it.
constexpr Duration kWatchdogLag = std::chrono::milliseconds(300);
constexpr Duration kRestart = std::chrono::seconds(3);

}  // namespace

SimWorld::SimWorld(std::uint64_t seed, std::size_t trace_kept, SimOptions wanted)
    : chance(seed * 4 + 1),
      order(seed * 4 + 2),
      daemon_chance(seed * 4 + 3),
      later_chance(seed * 4 + 0x51ed270b27c3a4b1),
      hang_chance(seed * 4 + 0x6a09e667f3bcc909),
      account_chance(seed * 4 + 0x9b05688c2b3e6c1f),
      setup(std::move(wanted)),
      network(order),
      memory(network.clock()),
      history(memory, network.clock()),
      events(seed * 4 + 0x1f83d9abfb41bd6b),
      folder(setup.hearing == Hearing::kFolder ? std::make_unique<SimFolder>(*this) : nullptr),
      memory_home(folder ? nullptr : std::make_unique<MemoryHome>(memory, ledger)),
      objects(folder ? static_cast<SimHome&>(*folder) : *memory_home),
      cloud(network.clock()),
      trace(trace_kept),
      network_tasks_(network) {
  events.broken = [this](std::string what) { Violate(std::move(what)); };
  options.owner = "simulated";
  if (setup.repertoire == Repertoire::kWhole) sts.before_quoted = 400 + seed % 128;
  cloud.network = &network_tasks_;
  for (int number = 1; number <= setup.replicas; ++number) {
    const auto index = static_cast<std::size_t>(number - 1);
    const Duration skew = index < setup.wall_skews.size() ? setup.wall_skews[index] : Duration{};
    replicas_.push_back(std::make_unique<SimReplica>(*this, number, skew));
  }
}

SimWorld::~SimWorld() {
  store = {};  // whoever looked on is gone already
  if (folder) folder->fate = nullptr;
  network.DropAll();
  for (const auto& replica : replicas_) {
    replica->executor.DropAll();
    replica->telling.DropAll();
    replica->store.Disconnect();
    replica->daemon.reset();
  }
}

void SimWorld::Start() {
  for (const auto& replica : replicas_) Begin(*replica);
}

void SimWorld::Begin(SimReplica& replica) {
  ++replica.lives;
  Note("replica " + std::to_string(replica.number) + " starts");
  replica.daemon = std::make_unique<SimDaemon>(*this, replica);
}

void SimWorld::CrashSoon(int replica, Duration down) {
  if (replica > 0 && Running(replica)) crash_soon_.try_emplace(replica, down);
}

bool SimWorld::Running(int replica) const {
  return replicas_[static_cast<std::size_t>(replica - 1)]->daemon != nullptr;
}

std::vector<SimReplica*> SimWorld::Replicas() {
  std::vector<SimReplica*> all;
  for (const auto& replica : replicas_) all.push_back(replica.get());
  return all;
}

void SimWorld::Crash(SimReplica& replica) {
  Note("replica " + std::to_string(replica.number) + " crashes");
  ++crashes_;
  replica.executor.DropAll();
  replica.telling.DropAll();
  replica.cloud.gates = nullptr;
  replica.store.Disconnect();
  replica.daemon.reset();
  replica.api.Disconnect();
  replica.stopped_until.reset();
}

void SimWorld::CarryOutCrashes() {
  for (const auto& [number, down] : std::exchange(crash_soon_, {})) {
    auto& replica = *replicas_[static_cast<std::size_t>(number - 1)];
    if (!replica.daemon) continue;
    Crash(replica);
    After(down, [this, &replica] { Begin(replica); });
  }
}

void SimWorld::Pause(int number, Duration span) {
  auto& replica = *replicas_[static_cast<std::size_t>(number - 1)];
  if (!replica.daemon || replica.stopped_until) return;
  ++pauses_;
  Note("replica " + std::to_string(number) + " is stopped");
  replica.stopped_until = Now() + span;
  const int life = replica.lives;
  After(span, [this, &replica, life] {
    if (replica.lives != life || !replica.stopped_until) return;
    replica.stopped_until.reset();
    Note("replica " + std::to_string(replica.number) + " goes on");
  });
}

// What a watchdog thread of each process does; the loop may get some turns in before it.
void SimWorld::WatchLeases() {
  if (bugs.Is(Bug::kNoWatchdog)) return;
  for (const auto& replica : replicas_) {
    if (!replica->daemon || !replica->CanRun()) continue;
    const auto by = replica->daemon->renew_by();
    if (by == 0 || Now() < MonotonicTime(Duration(by))) continue;
    const int number = replica->number;
    const int life = replica->lives;
    After(UniformBelow(chance, kWatchdogLag), [this, number, life] {
      if (replicas_[static_cast<std::size_t>(number - 1)]->lives == life)
        CrashSoon(number, kRestart);
    });
  }
}

void SimWorld::Violate(std::string what) {
  Note("BROKEN: " + what);
  violations_.push_back({std::move(what)});
}

std::optional<MonotonicTime> SimWorld::NextThing() const {
  std::optional<MonotonicTime> next = network.NextTimer();
  const auto earlier = [&](std::optional<MonotonicTime> when) {
    if (when && (!next || *when < *next)) next = when;
  };
  for (const auto& replica : replicas_) {
    if (!replica->CanRun()) continue;
    earlier(replica->executor.NextTimer());
    earlier(replica->store.NextDue());
  }
  earlier(cloud.NextLate());
  if (!agenda_.empty()) earlier(agenda_.begin()->first);
  return next;
}

// One resume of anybody who can go on, each ready handle with the same chance.
bool SimWorld::ResumeOne() {
  std::size_t ready = network.ready_count();
  for (const auto& replica : replicas_) {
    if (replica->CanRun()) ready += replica->executor.ready_count();
  }
  if (ready == 0) return false;
  auto pick = UniformBelow(order, ready);
  for (const auto& replica : replicas_) {
    if (!replica->CanRun()) continue;
    if (pick < replica->executor.ready_count()) {
      running_ = replica->number;
      replica->executor.RunOne();
      running_ = 0;
      return true;
    }
    pick -= replica->executor.ready_count();
  }
  return network.RunOne();
}

// Runs what can run now; false when time has to move.
bool SimWorld::Turn() {
  for (int resumes = 0; ResumeOne(); ++resumes) {
    CarryOutCrashes();
    if (!violations_.empty()) return true;
    if (resumes == kResumesAtOnceMax) {
      Violate("livelock: resumes without end while time stands still");
      return true;
    }
  }
  return false;
}

void SimWorld::MoveTo(MonotonicTime when) {
  const Duration by = std::max(when - Now(), Duration::zero());
  network.clock().Advance(by);
  for (const auto& replica : replicas_) {
    replica->executor.clock().Advance(by);
    replica->telling.clock().Advance(by);
  }
  const auto fire = [](ManualExecutor& executor) {
    if (executor.NextTimer() && *executor.NextTimer() <= executor.Now()) executor.MoveToNextTimer();
  };
  fire(network);
  for (const auto& replica : replicas_) {
    if (replica->CanRun()) fire(replica->executor);
    if (replica->CanRun()) fire(replica->telling);
  }
}

void SimWorld::Run(Duration by) {
  const MonotonicTime end = Now() + by;
  while (violations_.empty()) {
    Turn();
    if (!violations_.empty()) return;
    for (const auto& replica : replicas_) {
      if (!replica->daemon || !replica->CanRun()) continue;
      replica->daemon->AttendJournal();
      replica->telling.RunUntilIdle();
    }
    if (!violations_.empty()) return;
    const auto next = NextThing();
    MoveTo(next ? std::min(*next, end) : end);
    for (const auto& replica : replicas_) {
      if (!replica->CanRun()) continue;
      running_ = replica->number;
      replica->store.DeliverDue();
      running_ = 0;
    }
    cloud.RunLate();
    WatchLeases();
    while (!agenda_.empty() && agenda_.begin()->first <= Now()) {
      auto appointment = agenda_.extract(agenda_.begin());
      appointment.mapped()();
      CarryOutCrashes();
    }
    if (Now() >= end) return;
  }
}

}  // namespace instanced
