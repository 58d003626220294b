// ReplaceCheck: a replacement that was taken back, and that no cloud has begun, deletes nothing.
//
// Watches deletions that begin a replacement. While every one that was sent for a recorded
// replacement was refused for certain, and the process that recorded it lives on, nothing has
// happened that cannot be taken back.
#pragma once

#include <map>
#include <string>

#include "tests/simulation/people.h"

namespace instanced {

class ReplaceCheck {
 public:
  ReplaceCheck(SimWorld& world, const People& people) : world_(world), people_(people) {}
  // A status with another intent than before is on its way to the store.
  void Recorded(int replica, const ObjectKey& key, const InstanceStatus& status);
  // A deletion that replaces leaves for the cloud; a change is known `shown_within`.
  void DeleteSent(const FakeCall& call, const Intent& intent, Duration shown_within);
  void Answered(const FakeCall& call, const Fate& fate);

 private:
  enum class Begun { kNo, kPerhaps };
  struct Attempt {
    std::string not_before;
    std::string writer;
    Begun begun = Begun::kNo;
  };
  std::string Process(int replica, std::int64_t epoch) const;

  SimWorld& world_;
  const People& people_;
  std::map<ObjectKey, Attempt> attempts_;
};

}  // namespace instanced
