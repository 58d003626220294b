// SimHome: where people declare objects, and what is durable of them, whoever keeps it: a store in
// memory that stands for an API server, or a folder of manifests with a journal (SimFolder).
#pragma once

#include <vector>

#include "api/kinds/object.h"
#include "controller/journal/ledger.h"

namespace instanced {

class FakeLedger;
class MemoryStore;

class SimHome {
 public:
  virtual ~SimHome() = default;
  virtual void Declare(const ObjectKey& key, InstanceSpec spec) = 0;
  virtual void Declare(const ObjectKey& key, ProviderConfigSpec spec) = 0;
  virtual void Delete(const ObjectKey& key) = 0;
  // Of one that nobody wants any more and that is still there: another spec for what is left of it.
  virtual void ChangeLeaving(const ObjectKey& key, InstanceSpec spec) = 0;
  virtual void Annotate(const ObjectKey& key, const StringPairs& annotations) = 0;

  // What is durable; null when there is none.
  virtual InstancePtr Instance(const ObjectKey& key) const = 0;
  // Sorted by key.
  virtual std::vector<InstancePtr> Instances() const = 0;
  virtual std::vector<HistoryEntry> History() const = 0;
};

class MemoryHome final : public SimHome {
 public:
  MemoryHome(MemoryStore& store, const FakeLedger& ledger) : store_(store), ledger_(ledger) {}

  void Declare(const ObjectKey& key, InstanceSpec spec) override;
  void Declare(const ObjectKey& key, ProviderConfigSpec spec) override;
  void Delete(const ObjectKey& key) override;
  void ChangeLeaving(const ObjectKey& key, InstanceSpec spec) override;
  void Annotate(const ObjectKey& key, const StringPairs& annotations) override;
  InstancePtr Instance(const ObjectKey& key) const override;
  std::vector<InstancePtr> Instances() const override;
  std::vector<HistoryEntry> History() const override;

 private:
  MemoryStore& store_;
  const FakeLedger& ledger_;
};

}  // namespace instanced
