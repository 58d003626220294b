// OrphanSweep: compares what the connected accounts list with what is declared. Reads only.
//
// One list per (service, account, region); every entry that nobody claims and whose list does not
// carry marks is read by itself. Of plugins those that an object names are asked. It waits where
// the budget or the cloud asks for it, behind everything the reconciler does (drift priority).
// Threads: the loop's. Ownership: one sweep; what Deps names outlives it.
#pragma once

#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "controller/admin/backend.h"
#include "controller/budget/budget.h"
#include "controller/clock/clock.h"
#include "controller/informer/object_cache.h"
#include "controller/provider/registry.h"
#include "controller/reconcile/reconciler.h"
#include "controller/task/stop.h"
#include "controller/task/task.h"

namespace instanced {

class OrphanSweep {
 public:
  struct Deps {
    const Clock& clock;
    const ObjectCache& cache;
    const Reconciler& reconciler;
    ProviderRegistry& providers;
    StopToken stop;
    MonotonicTime give_up_at;
    Budget& budget;
  };
  OrphanSweep(Deps deps, OrphanQuery query) : deps_(std::move(deps)), query_(std::move(query)) {}

  Task<Result<OrphansReport>> Run();

 private:
  struct Target {
    Kind kind;
    ProviderConfigPtr config;
    // Of plugins: the name, and an object that names it.
    std::string plugin;
    ObjectKey asker;
  };
  std::vector<Target> Targets() const;
  Task<void> SweepTarget(Target target);
  Task<Result<std::vector<Observation>>> ListAll(Kind kind, Connection connection);
  Task<Result<Observation>> Read(Kind kind, Connection connection, std::string external_name);
  // Waits as long as the failure asks; false when waiting does not help or there is no time.
  Task<bool> Bear(Error error);
  CallContext ContextFor(Kind kind) const;
  // What is declared of a kind, by what an instance may show of it.
  struct Declared {
    std::unordered_map<std::string, ObjectKey> owner_values;
    std::unordered_map<std::string, ObjectKey> suffixes;
    std::unordered_map<std::string, ObjectKey> natural_keys;  // of those that hold no instance
  };
  // Read once for a sweep: a mark is a hash, and there are as many instances as objects.
  const Declared& DeclaredOf(Kind kind);
  // The object whose mark this is, by tag or suffix.
  const ObjectKey* MarkedFor(const Declared& declared, const ObservedMark& mark) const;
  void Judge(Kind kind, const Connection& connection, const Observation& entry);
  void ReportVanished(Kind kind, const Domain& domain, const std::vector<Observation>& entries);

  Deps deps_;
  OrphanQuery query_;
  OrphansReport report_;
  std::map<Domain, bool> swept_;
  std::map<Kind, Declared> declared_;
};

}  // namespace instanced
