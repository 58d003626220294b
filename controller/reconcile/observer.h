// ReconcileObserver: what a pass tells the outside: metrics, events, logs. It cannot influence it.
//
// Threads: the loop's.
#pragma once

#include <string_view>

#include "api/kinds/object.h"
#include "controller/journal/ledger.h"
#include "controller/reconcile/facts.h"

namespace instanced {

enum class PassResult { kSuccess, kRequeueAfter, kRequeue, kError };
std::string_view ToString(PassResult result);

struct PassReport {
  ObjectKey key;
  PassResult result = PassResult::kSuccess;
  std::optional<ErrorClass> error_class;
  Duration duration{};
};

class ReconcileObserver {
 public:
  virtual ~ReconcileObserver() = default;
  virtual void PassFinished(const PassReport& report) = 0;
  // The object's decision differs from its last one.
  virtual void DecisionChanged(const InstanceObject& object, const Decision& decision) = 0;
  // A mutating call was answered, or any call failed.
  virtual void CallRecorded(const HistoryEntry& entry) = 0;
  // Ready turned true; `waited` since this process first saw it otherwise.
  virtual void BecameReady(const ObjectKey& key, Duration waited) = 0;
};

}  // namespace instanced
