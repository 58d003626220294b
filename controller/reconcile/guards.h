// Guards: what may hold a call back although the decision is right: rate, churn, brakes.
//
// One seam, so that the reconciler is tested without any of them and the simulation owns them all.
// Threads: the loop's.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "controller/budget/brake_cause.h"
#include "controller/budget/churn_ledger.h"
#include "controller/provider/call_gate.h"
#include "controller/provider/registry.h"
#include "controller/reconcile/facts.h"
#include "controller/task/task.h"

namespace instanced {

enum class Slot {
  kGranted,
  kParked,  // remembered; the key is queued again when its turn comes
};

class Guards {
 public:
  virtual ~Guards() = default;
  // Reserves one call of each operation, all or none.
  virtual Slot ReserveCalls(const Domain& domain, std::span<const std::string_view> operations,
                            const ObjectKey& key, Priority priority) = 0;
  // The pass is over and waits for no turn: what it did not use goes back.
  virtual void PassOver(const ObjectKey& key) = 0;
  // Whether the churn ledger leaves room for this try. Changes nothing.
  virtual ChurnVerdict AskChurn(const Domain& domain, const std::string& identity,
                                ChurnPurpose purpose) const = 0;
  // Durable before the call that spends it.
  virtual Task<Result<void>> RecordChurn(Domain domain, std::string identity) = 0;
  // After it is on record that the call did nothing at the cloud; as good as it can be.
  virtual Task<void> WithdrawChurn(Domain domain, std::string identity) = 0;
  // How the cloud answered a call that spends churn.
  virtual void ChurnAnswered(const Domain& domain, ChurnPurpose purpose,
                             const Result<void>& answer) = 0;
  // What the brakes say about deleting this object's instance. Asking announces the wish, unless
  // nothing would be deleted at the cloud (it is paused, say): then it counts once that is over.
  // Asked on every round of a pass, so an answer that did not change costs nothing but a look.
  virtual BrakeFact AskBrake(const InstanceObject& object) = 0;
  // What holds an object that nobody asked to delete (its manifest vanished with all others, say).
  // Announces nothing.
  virtual BrakeFact BrakeOn(const ObjectKey& key) const = 0;
  // Holds the object as a whole (HoldsWholeObject) until a person has answered: off when approved.
  virtual BrakeFact HoldObject(BrakeCause cause, const InstanceObject& object) = 0;
  virtual void HoldOver(BrakeCause cause, const ObjectKey& key) = 0;

  // A person asked for a pass of this key: it may use what is kept free for people.
  virtual void PersonAsked(const ObjectKey& key) = 0;

  // The Reconciler tells these two; whoever wires an informer need not.
  // The object has ended: its place in every queue and window goes.
  virtual void ObjectDeleted(const ObjectKey& key) = 0;
  // Another life of the same key began, or the deletion is no longer wanted.
  virtual void DeletionWithdrawn(const ObjectKey& key) = 0;
};

}  // namespace instanced
