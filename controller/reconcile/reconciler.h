// Reconciler: one pass for one key. Level-driven and idempotent: it may run at any time, any number
// of times, and reads everything it needs.
//
// A pass is: load, observe, decide(), record intent, act, record result. It never sleeps, never
// loops on a cloud and makes at most one status write at its end; the only other write is the
// intent before a call. What to do is decided by decide() alone; when to come back is the
// returned When.
//
// Threads: the loop's; many passes in flight, one per key. Ownership: everything in Deps outlives
// the Reconciler and its passes.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>

#include "controller/clock/clock.h"
#include "controller/informer/object_cache.h"
#include "controller/journal/ledger.h"
#include "controller/lease/fence.h"
#include "controller/provider/registry.h"
#include "controller/reconcile/claims.h"
#include "controller/reconcile/credential_breaker.h"
#include "controller/reconcile/guards.h"
#include "controller/reconcile/inventory.h"
#include "controller/reconcile/observer.h"
#include "controller/reconcile/options.h"
#include "controller/reconcile/requeue.h"
#include "controller/reconcile/track.h"
#include "controller/source/source.h"
#include "controller/task/stop.h"
#include "controller/task/task.h"

namespace instanced {

struct ReconcilerDeps {
  const Clock& clock;
  Random& random;
  ObjectCache& cache;
  ObjectWriter& writer;
  ProviderRegistry& providers;
  Ledger& ledger;
  Guards& guards;
  Fence& fence;
  ReconcileObserver& observer;
  // Queues a key, at once.
  std::function<void(const ObjectKey&, Priority)> wake;
  // Runs a task of its own (a list sweep) beside the passes.
  std::function<void(Task<void>)> spawn;
  // Ends calls in flight when the drain time is over.
  StopToken stop;
};

class Reconciler {
 public:
  Reconciler(ReconcilerDeps deps, ReconcileOptions options);

  Task<When> Reconcile(ObjectKey key, Priority priority);

  // The informer's news, before the key is queued. Guards are told from here. `before` is the
  // snapshot it replaces; null for a new object.
  void ObjectChanged(const InstanceObject* before, const InstanceObject& object);
  void ObjectDeleted(const ObjectKey& key);
  // A ProviderConfig appeared, changed or went: whoever uses it looks again.
  void ProviderConfigChanged(const ObjectKey& key) { WakeUsersOf(key); }
  // Credentials or configuration were reloaded: what they refused may be tried again.
  void CredentialsChanged();
  // Frees lists that are too old for every pass. Now and then.
  void DropOldLists();

  // Takes effect with the next pass; the owner must stay the same.
  void SetOptions(ReconcileOptions options) { options_ = std::move(options); }

  const TrackBook& tracks() const { return tracks_; }
  const ClaimIndex& claims() const { return claims_; }
  const ReconcileOptions& options() const { return options_; }

 private:
  friend class Pass;
  friend class Lookup;

  // Lists with personal data are kept apart from those without: one is shown to whoever may see it.
  enum class Persons { kHidden, kShown };
  static Persons PersonsIn(Kind kind, const ProviderConfigObject& config);
  Inventory& InventoryFor(const Domain& domain, Persons persons);
  bool MayAsk(const Connection& connection) const;
  // Whether the object that holds this instance was found in line with exactly this.
  bool HasAgreed(std::string_view service, std::string_view external_name,
                 std::uint64_t digest) const;
  // Starts a sweep when somebody waits for one and none is under way.
  void SweepIfWanted(const Connection& connection, Kind kind, const ProviderConfigPtr& config);
  void RecordFailedList(const Inventory& inventory, const KindTraits& traits, const Error& error,
                        MonotonicTime begun);
  Task<void> Sweep(Connection connection, Kind kind, ProviderConfigPtr config);
  void WakeUsersOf(const ObjectKey& provider_config);
  // Records what the object claims, and wakes whoever holds something now that it did not.
  void NoteClaims(const InstanceObject& object);

  ReconcilerDeps deps_;
  ReconcileOptions options_;
  TrackBook tracks_;
  ClaimIndex claims_;
  CredentialBreaker breaker_;
  std::map<std::pair<Domain, Persons>, Inventory> inventories_;
  // Of each ProviderConfig's uid, kind and plugin, as last connected; only with a right for each
  // domain.
  std::map<std::tuple<std::string, Kind, std::string>, std::optional<Domain>> domains_;
};

}  // namespace instanced
