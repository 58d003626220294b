// Habits: people who use what fewer use. They withhold permissions (managementPolicies), choose how
// to adopt, name an instance to take over (externalName), move objects to another ProviderConfig or
// to one that is not there, edit the one all share, and let two objects claim one name.
//
// In one world of three that has the whole repertoire; nothing in the others.
#pragma once

#include <string>

#include "tests/simulation/people.h"

namespace instanced {

class Habits {
 public:
  Habits(SimWorld& world, People& people);
  // Acts at random moments until `until`.
  void Live(MonotonicTime until);
  // Takes back what they asked for; for People::CalmDown to declare.
  void CalmDown();

 private:
  void ActAgain(MonotonicTime until);
  void ActOnce();
  void Withhold(Wish& wish);
  void MoveToAnotherConfig(Wish& wish);
  void EditConfig();
  // An instance of that kind that nobody here holds is named by an object that begins.
  void TakeOver(Wish& wish);
  void AddTwin();
  std::uint64_t Below(std::uint64_t bound) { return UniformBelow(world_.later_chance, bound); }

  SimWorld& world_;
  People& people_;
  bool has_any_ = false;
  bool is_account_wrong_ = false;
};

}  // namespace instanced
