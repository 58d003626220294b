// Checks: the promises, looked at on every call sent, effect and write, and once more when all is
// quiet. A broken one ends the run.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/simulation/brake_check.h"
#include "tests/simulation/people.h"
#include "tests/simulation/replace_check.h"

namespace instanced {

class Checks {
 public:
  Checks(SimWorld& world, People& people);
  // After faults and people have been quiet for long: everything is settled and nothing leaks.
  void AtTheEnd();
  // Whether anything waits for an account's 30-day quota; and from when on that is no excuse.
  bool WaitsForQuota() const;
  void QuotaHasComeBack() { quota_is_back_ = true; }
  // What was declared while nothing went wrong is on its way by now.
  void UnderWay(const Wish& wish);
  // Each simulated hour: nobody is looked at without end.
  void PassesOfTheHour();

 private:
  void Sent(const FakeCall& call);
  void SentOnce(const FakeCall& call);
  std::string WhoseCall(const FakeCall& call) const;
  void CreateSent(const FakeCall& call);
  void DeleteSent(const FakeCall& call);
  void Allowed(const FakeCall& call);
  void Created(const FakeCall& call);
  void CountChurn(const FakeCall& call);
  void Entered(int replica, const Domain& domain, std::string_view operation);
  void EnteredBy(int replica, const Domain& domain, std::string_view operation);
  void Left(int replica, const Domain& domain, std::string_view operation,
            const CallOutcome& outcome);
  void Sending(int replica, const WriteTarget& target, const InstanceStatus& status);
  std::string LimitOf(int replica, const Domain& domain, std::string_view operation) const;
  void Written(const std::string& what, const WriteTarget& target, const InstancePtr& before);
  void Conditions(const InstanceObject& object);
  void Settled(const Wish& wish);
  bool IsExcused(const InstanceObject& object, Reason reason) const;
  bool IsTakenByOutsider(Kind kind) const;
  bool HasTwin(const ObjectKey& key) const { return people_.wishes().at(key).has_twin; }
  void Leaks();
  void CachesAgree();
  void Secrets(const std::string& where, const std::string& text);
  Duration ShownWithin() const;

  SimWorld& world_;
  People& people_;
  BrakeCheck brakes_;
  ReplaceCheck replacements_;
  std::map<std::string, std::set<std::string>> made_;  // instances by uid of the object
  std::set<std::string> kept_;                         // ids and uids left behind on purpose
  std::set<ObjectKey> keepers_;                        // whose earlier life was left behind
  std::map<std::string, std::pair<double, MonotonicTime>> used_;  // by domain and operation
  std::set<std::string, std::less<>> reads_;                      // operations that change nothing
  std::map<std::string, MonotonicTime> churned_;                  // when what counts was done
  bool quota_is_back_ = false;
  // From when and until when a replica was asked to wait, by operation.
  std::map<std::string, std::pair<MonotonicTime, MonotonicTime>> blocked_;
  // What changes something and has no answer yet, by process, its life and object.
  std::map<std::string, std::string> under_way_;
  int crashes_seen_ = 0;
};

}  // namespace instanced
