// PlanWorlds: random states of objects and clouds, and what a plan and a daemon make of each.
//
// One seed is one world: a few objects of all policies, instances of ours and of strangers, work
// begun and broken off, drift, deletions, edits. The plan is made while no daemon runs; then one
// does, and nobody else changes anything.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "controller/plan/planner.h"
#include "tests/fakes/daemon_world/daemon_world.h"

namespace instanced {

// How often each object's cloud was told to do what.
using MutationCount = std::map<std::pair<std::string, std::string>, int>;

class PlanWorld {
 public:
  explicit PlanWorld(std::uint64_t seed);

  PlanReport Plan();
  // Runs a daemon until nothing more can be due; what it changed at the cloud.
  MutationCount Act();
  // Mutating calls a cloud saw so far.
  std::size_t Effects() const;

  DaemonWorld world;

 private:
  bool Chance(int percent) {
    return UniformBelow(dice_, std::uint64_t{100}) < static_cast<std::uint64_t>(percent);
  }
  std::uint64_t Pick(std::uint64_t bound) { return UniformBelow(dice_, bound); }
  std::string Parameters(Kind kind, const std::string& name);
  void DeclareSome();
  void SettleStrangers();
  void WorkAWhile();
  void ChangeThings();
  void Edit(const ObjectKey& key);
  void Drift(FakeInstance& instance);

  SeededRandom dice_;
  std::vector<ObjectKey> keys_;
  std::set<ObjectKey> keep_names_;            // a stranger bears their mark under their name
  std::map<ObjectKey, InstanceSpec> reborn_;  // declared anew while being deleted
};

MutationCount CountOf(const PlanReport& report);
std::string ToString(const MutationCount& count);

}  // namespace instanced
