// RecordedCloud: the clouds as the last record knows them, for a plan that must not look.
//
// An instance is where its object last saw it and as its object last declared it, where that was
// in line; else with what the last read showed. What nobody recorded does not exist here. Mutating
// calls are refused: the plan catches them before.
//
// Threads: the loop's. Ownership: its connections borrow it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "controller/provider/registry.h"

namespace instanced {

class RecordedCloud final : public ProviderRegistry {
 public:
  // The objects as they are recorded, before anything is proposed.
  RecordedCloud(const std::vector<InstancePtr>& objects, std::string owner);

  Task<Result<Connection>> Connect(CallContext context, Kind kind,
                                   ProviderConfigPtr config) override;

 private:
  class Provider;
  Domain DomainOf(const ObjectKey& key, Kind kind, const ProviderConfigObject& config) const;

  std::map<ObjectKey, InstancePtr> objects_;
  std::map<std::pair<Kind, std::string>, InstancePtr> by_instance_;
  std::string owner_;
};

}  // namespace instanced
