#include "tests/simulation/sim_home.h"

#include <utility>

#include "tests/fakes/fake_ledger/fake_ledger.h"
#include "tests/fakes/memory_store/memory_store.h"

namespace instanced {

void MemoryHome::Declare(const ObjectKey& key, InstanceSpec spec) {
  store_.Declare(key, std::move(spec));
}
void MemoryHome::Declare(const ObjectKey& key, ProviderConfigSpec spec) {
  store_.Declare(key, std::move(spec));
}
void MemoryHome::Delete(const ObjectKey& key) { store_.Delete(key); }

// Declaring a deleting object asks for another life as well: take that back.
void MemoryHome::ChangeLeaving(const ObjectKey& key, InstanceSpec spec) {
  store_.Declare(key, std::move(spec));
  store_.Delete(key);
}
void MemoryHome::Annotate(const ObjectKey& key, const StringPairs& annotations) {
  store_.Annotate(key, annotations);
}

InstancePtr MemoryHome::Instance(const ObjectKey& key) const { return store_.Instance(key); }

std::vector<InstancePtr> MemoryHome::Instances() const {
  std::vector<InstancePtr> instances;
  for (const auto& [key, object] : store_.objects()) {
    if (const auto* instance = std::get_if<InstancePtr>(&object)) instances.push_back(*instance);
  }
  return instances;
}

std::vector<HistoryEntry> MemoryHome::History() const { return ledger_.history(); }

}  // namespace instanced
