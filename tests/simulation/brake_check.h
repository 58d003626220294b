// BrakeCheck: nobody's whole kind is deleted at a cloud unless a person said so.
//
// Watches deletions as they are sent. When every instance of a kind is on its way out, and there
// were two or more for long enough that the brake's window knew them, the last one must not be
// asked for before somebody has approved. What it cannot judge (objects a person has excused, a
// ledger whose disk was full) it leaves out.
#pragma once

#include <map>
#include <set>
#include <string>

#include "tests/simulation/people.h"

namespace instanced {

class BrakeCheck {
 public:
  BrakeCheck(SimWorld& world, const People& people) : world_(world), people_(people) {}
  // After a write that was carried out; `after` is null when the object has ended.
  void Written(const InstancePtr& before, const InstancePtr& after);
  // A deletion that replaces nothing leaves for the cloud.
  void DeleteSent(const InstanceObject& object);

 private:
  bool AllLeaveTogether(const InstanceObject& last) const;

  SimWorld& world_;
  const People& people_;
  std::map<std::string, MonotonicTime> bound_since_;  // by uid
  std::map<Kind, MonotonicTime> quiet_exit_;          // an instance left the count by itself
  std::set<std::string> asked_;                       // uids whose deletion was sent
};

}  // namespace instanced
