// Observers: one ReconcileObserver that tells several, in the order they were added.
// Threads: the loop's. Ownership: borrows them.
#pragma once

#include <vector>

#include "controller/reconcile/observer.h"

namespace instanced {

class Observers final : public ReconcileObserver {
 public:
  void Add(ReconcileObserver& observer) { observers_.push_back(&observer); }

  void PassFinished(const PassReport& report) override {
    for (auto* observer : observers_) observer->PassFinished(report);
  }
  void DecisionChanged(const InstanceObject& object, const Decision& decision) override {
    for (auto* observer : observers_) observer->DecisionChanged(object, decision);
  }
  void CallRecorded(const HistoryEntry& entry) override {
    for (auto* observer : observers_) observer->CallRecorded(entry);
  }
  void BecameReady(const ObjectKey& key, Duration waited) override {
    for (auto* observer : observers_) observer->BecameReady(key, waited);
  }

 private:
  std::vector<ReconcileObserver*> observers_;
};

}  // namespace instanced
