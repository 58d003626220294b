#include "tests/simulation/simulation.h"

#include <algorithm>

#include "tests/simulation/checks.h"
#include "tests/simulation/habits.h"
#include "tests/simulation/people.h"
#include "tests/simulation/sim_replica.h"
#include "tests/simulation/weather.h"

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr int kReplicasMax = 5;
constexpr int kTightChurn = 5;
constexpr int kCrowd = 24;
// How long an installation stands idle before its first object, and how soon that is
// asked for at its cloud.
constexpr Duration kIdle = minutes(1);
constexpr Duration kUnderWay = minutes(3);

void EveryHour(SimWorld& world, Checks& checks) {
  world.After(hours(1), [&world, &checks] {
    checks.PassesOfTheHour();
    EveryHour(world, checks);
  });
}

// One seed in three is a daemon of its own, the others are one to five replicas with leases.
SimOptions OptionsOf(std::uint64_t seed) {
  SeededRandom chance(seed * 4);
  SeededRandom later(seed * 4 + 0x2545f4914f6cdd1d);
  SimOptions options;
  if (UniformBelow(chance, 6) == 0) {
    options.churn.limit = kTightChurn + static_cast<int>(UniformBelow(later, 8));
  }
  // Half of all hear of changes as a daemon in a cluster does.
  if (UniformBelow(later, 2) == 0) options.hearing = Hearing::kKubernetes;
  if (UniformBelow(chance, 3) == 0) {
    // Of those alone one in four has a folder and a journal on a disk.
    SeededRandom of_folders(seed * 4 + 0x3c6ef372fe94f82b);
    if (UniformBelow(of_folders, 4) == 0) options.hearing = Hearing::kFolder;
    return options;
  }
  options.contention = Contention::kLeases;
  options.replicas = 1 + static_cast<int>(UniformBelow(chance, kReplicasMax));
  options.sharding = UniformBelow(chance, 2) == 0 ? Sharding::kDomains : Sharding::kOff;
  for (int i = 0; i < options.replicas; ++i) {
    options.wall_skews.push_back(UniformBelow(chance, Duration(minutes(4))) - minutes(2));
  }
  return options;
}

// In one world of two somebody asks whose the credential is.
Accounts AccountsOf(std::uint64_t seed) {
  SeededRandom of_accounts(seed * 4 + 0x5be0cd19137e2179);
  return UniformBelow(of_accounts, 2) == 0 ? Accounts::kGuarded : Accounts::kTrusted;
}

// The first object of an installation that stood idle, before anything goes wrong.
void Morning(SimWorld& world, People& people, Checks& checks) {
  world.Run(kIdle);
  auto& first = people.wish(people.wishes().begin()->first);
  people.Declare(first);
  world.Run(kUnderWay);
  if (world.violations().empty()) checks.UnderWay(first);
}

// Where an account's quota is small: a month goes by, and another one, until it has let everything
// through. Nobody runs meanwhile, but one daemon in four that is alone.
void Months(SimWorld& world, Checks& checks) {
  constexpr int kMonths = 4;
  const auto& setup = world.setup;
  if (setup.churn.limit >= ChurnOptions{}.limit) return;
  const bool alone = setup.contention == Contention::kSole;
  const bool runs_on = alone && UniformBelow(world.later_chance, 4) == 0;
  for (int month = 0; month < kMonths && checks.WaitsForQuota(); ++month) {
    if (!world.violations().empty()) return;
    for (int number = 1; number <= setup.replicas && !runs_on; ++number) {
      world.CrashSoon(number, hours(24 * 31));
    }
    world.Fault(runs_on ? "month of waiting" : "month away");
    world.Run(hours(24 * 31) + (alone ? hours(8) : hours(3)));
    if (month + 1 == kMonths || !checks.WaitsForQuota()) checks.QuotaHasComeBack();
    if (world.violations().empty()) checks.AtTheEnd();
  }
}

void CountWhatHappened(SimWorld& world) {
  const auto count = [&world](const char* kind, int times) {
    if (times > 0) world.faults[kind] += times;
  };
  const auto& cloud = world.cloud;
  count("cloud's answer is old", cloud.answers_old);
  count("cloud's answer hides what is new", cloud.answers_hiding);
  count("cloud's quota of 30 days used up", cloud.answers_quota);
  count("Event refused or lost", world.events.troubles());
  count("failed instance expired", cloud.CountExpired());
}

SimOptions InClimate(SimOptions options, Climate climate) {
  options.climate = climate;
  if (climate == Climate::kUsual) return options;
  if (climate == Climate::kSilence) {
    options.hearing = Hearing::kKubernetes;
    return options;
  }
  if (climate == Climate::kRelay) {
    options.hearing = Hearing::kKubernetes;
    options.contention = Contention::kLeases;
    options.replicas = 3;
    options.sharding = Sharding::kDomains;
    return options;
  }
  const bool alone = climate == Climate::kAbsence;
  options.contention = alone ? Contention::kSole : Contention::kLeases;
  options.hearing = Hearing::kStore;
  options.replicas = alone ? 1 : std::max(options.replicas, 3);
  options.sharding = climate == Climate::kCrowd ? Sharding::kDomains : Sharding::kOff;
  if (climate == Climate::kQuota) options.churn.limit = kTightChurn;
  return options;
}

int ObjectsOf(Climate climate, std::uint64_t drawn) {
  return climate == Climate::kCrowd ? kCrowd : 2 + static_cast<int>(drawn);
}

}  // namespace

SimulationResult Simulate(const SimulationRun& run) {
  SimOptions options = InClimate(OptionsOf(run.seed), run.climate);
  options.accounts = AccountsOf(run.seed);
  options.repertoire = run.repertoire;
  SimWorld world(run.seed, run.trace_kept, std::move(options));
  world.bugs.on = run.bug;
  world.script = Script(run.left_out);
  if (run.bug == Bug::kTwoLooksAtOnce) world.options.consistency_window = Duration(1);
  if (run.bug == Bug::kReplayForEver) world.options.replay_window = hours(300);
  People people(world, ObjectsOf(run.climate, UniformBelow(world.chance, 7)));
  Habits habits(world, people);
  Checks checks(world, people);
  Weather weather(world, people);
  const Duration busy = minutes(20) + UniformBelow(world.chance, Duration(hours(4)));
  EveryHour(world, checks);
  world.Start();
  if (world.setup.accounts == Accounts::kGuarded) Morning(world, people, checks);
  people.Live(world.Now() + busy);
  habits.Live(world.Now() + busy);
  weather.Blow(world.Now() + busy);
  world.Run(busy);
  weather.Calm();
  habits.CalmDown();
  people.CalmDown();
  const bool alone = world.setup.contention == Contention::kSole;
  // Leases are renewed every few seconds, which makes a day of theirs long.
  const bool a_day = weather.quota_seen() || (weather.expires_later() &&
                                              (alone || UniformBelow(world.later_chance, 8) == 0));
  world.Run(a_day ? hours(27) : alone ? hours(8) : hours(3));
  if (world.violations().empty()) checks.AtTheEnd();
  if (run.repertoire == Repertoire::kWhole) Months(world, checks);
  CountWhatHappened(world);

  SimulationResult result;
  result.seed = run.seed;
  if (!world.violations().empty()) result.broken = world.violations().front().what;
  result.digest = world.trace.digest();
  result.events = world.trace.count();
  result.simulated = world.Now().time_since_epoch();
  result.replicas = world.setup.replicas;
  result.hearing = world.setup.hearing;
  result.crashes = world.crashes();
  result.pauses = world.pauses();
  result.creates = world.cloud.CountEffects("Create");
  result.faults = world.faults;
  result.trace = world.trace.lines();
  result.script = world.script.played();
  return result;
}

// Delta debugging: halves, then quarters and so on of what was played are left out for as long as
// the run still breaks.
SimulationRun Minimised(SimulationRun run, int tries) {
  auto played = Simulate(run).script;
  std::size_t chunk = std::max<std::size_t>(played.size() / 2, 1);
  while (tries > 0 && !played.empty()) {
    bool smaller = false;
    for (std::size_t from = 0; from < played.size() && tries > 0;) {
      SimulationRun shorter = run;
      const auto to = std::min(from + chunk, played.size());
      for (auto i = from; i < to; ++i) shorter.left_out.insert(played[i].name);
      --tries;
      auto result = Simulate(shorter);
      if (result.broken.empty()) {
        from = to;
        continue;
      }
      run = std::move(shorter);
      played = std::move(result.script);
      smaller = true;
    }
    if (chunk == 1 && !smaller) break;
    if (!smaller) chunk = std::max<std::size_t>(chunk / 2, 1);
    chunk = std::min(chunk, std::max<std::size_t>(played.size(), 1));
  }
  return run;
}

}  // namespace instanced
