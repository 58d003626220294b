#include "controller/daemon/default_provider_config.h"

#include <memory>
#include <utility>

#include "api/object/digest.h"

namespace instanced {
namespace {

constexpr const char* kName = "default";

}  // namespace

bool DefaultProviderConfig::Fill(const Change& change) {
  if (change.kind == ChangeKind::kSynced) {
    std::set<std::string> namespaces;
    cache_.ForEachInstance(
        [&](const InstanceView& object) { namespaces.emplace(object.meta.key.namespace_); });
    bool filled = false;
    for (const auto& name : namespaces) filled = FillNamespace(name) || filled;
    return filled;
  }
  if (!change.object || change.kind == ChangeKind::kListed) return false;
  const auto& key = MetaOf(*change.object).key;
  const bool instance_came =
      key.kind != Kind::kProviderConfig && change.kind != ChangeKind::kDeleted;
  return instance_came && FillNamespace(key.namespace_);
}

bool DefaultProviderConfig::FillNamespace(const std::string& namespace_) {
  if (cache_.FindProviderConfig(namespace_, kName)) return false;
  const ObjectKey key{Kind::kProviderConfig, namespace_, kName};
  if (asked_.had_one(key)) return false;
  auto config = std::make_shared<ProviderConfigObject>();
  config->meta.key = key;
  config->meta.uid = UuidV5(owner_, "environment-default/" + namespace_);
  config->meta.resource_version = "0";
  cache_.Put(ProviderConfigPtr(std::move(config)));
  if (told_.insert(namespace_).second) asked_.tell(namespace_);
  return true;
}

}  // namespace instanced
