// LeaseBoard: all leases one replica knows, and what it should write now. Pure: time and chance
// are arguments.
//
// Without sharding there is one lease for all work. With it there is one for each domain that any
// replica met, one for work no domain is known for, and a member lease for each replica; domains
// are shared out evenly among the members alive (assignment.h). Who holds what is another's begins
// nothing new in it, waits for what is under way, then releases; whose it is takes it as soon as
// it is free. Two never act in one domain, because the lease itself decides.
//
// Replicas that divide the work and others that do not keep different leases. Each kind begins
// nothing while it sees one of the other at work; two that begin in the same moment do not see each
// other, so the switch is made with none running (docs/deploy.md).
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "controller/lease/assignment.h"
#include "controller/lease/fence.h"
#include "controller/lease/lease_elector.h"

namespace instanced {

enum class Sharding { kOff, kDomains };

struct LeaseOptions {
  std::string identity;              // of this process alone, never used again
  std::string prefix = "instanced";  // of every lease's name; the name of the one for all
  LeaseTiming timing;
  Sharding sharding = Sharding::kOff;
};

// "connect/123456789012/us-east-1"
std::string SubjectOf(const Domain& domain);

class LeaseBoard {
 public:
  explicit LeaseBoard(LeaseOptions options);

  // A domain this replica has objects in. True when nobody had met it.
  bool Meet(const std::string& subject);
  void Observe(const std::vector<LeaseRecord>& leases, MonotonicTime now);
  // `busy` says whether work is under way under the lease of that name.
  std::vector<LeaseWrite> Due(MonotonicTime now, WallTime wall,
                              const std::function<bool(const std::string&)>& busy);
  void Answered(const LeaseWrite& write, const Result<LeaseRecord>& answer, MonotonicTime sent,
                MonotonicTime now);
  // From here on everything is given up.
  void Leave() { leaving_ = true; }

  // Whether the list is to be read before anything else is due.
  bool NeedsLook() const;
  MonotonicTime NextWake(MonotonicTime now, Random& random) const;
  // The earliest time by which something held must be renewed.
  std::optional<MonotonicTime> RenewBy() const;
  bool HasLost() const;
  // Whether nothing is held any more but the member lease.
  bool HasLeft() const;

  // The lease that covers a domain; null: work without one.
  std::string LeaseFor(const Domain* domain) const;
  Tenure TenureOf(const std::string& lease, MonotonicTime now) const;
  // Names of the leases that may be acted under now.
  std::vector<std::string> Held(MonotonicTime now) const;
  // Lease and holder of each domain that somebody else holds, as last seen.
  std::vector<std::pair<std::string, std::string>> HeldByOthers() const;
  // Leases of members that are long gone, for the holder of the first lease to remove.
  std::vector<LeaseRecord> Litter(MonotonicTime now) const;
  // What this replica's own member lease is, to be removed on leaving.
  std::optional<LeaseRecord> OwnMember() const;

  const LeaseOptions& options() const { return options_; }

 private:
  LeaseElector& ElectorFor(const LeaseRecord& blank);
  std::vector<std::string> LiveMembers(MonotonicTime now) const;
  // Whether replicas that divide the work otherwise than this one are seen at work.
  bool OtherKindActs(MonotonicTime now) const;
  LeaseWish WishFor(const std::string& name, const LeaseElector& elector,
                    const Assignment& assignment, bool busy) const;

  struct Entry {
    LeaseRole role;
    LeaseElector elector;
  };
  LeaseOptions options_;
  std::string member_name_;
  std::map<std::string, Entry> entries_;
  std::map<std::string, LeaseElector>
      divided_;  // leases of single domains, where we have one for all
  bool looked_ = false;
  bool leaving_ = false;
};

}  // namespace instanced
