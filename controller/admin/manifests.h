// Manifests made from what the daemon holds: for export, and the change that adopts an instance.
// Pure; any thread.
#pragma once

#include <string>

#include <nlohmann/json.hpp>

#include "controller/admin/object_report.h"

namespace instanced {

// What declares the object elsewhere and keeps its instance: without status and without what this
// installation gave it, with spec.externalName where it is bound.
nlohmann::ordered_json ManifestOf(const ObjectPtr& object);

// What is merged into the manifest of `object` so that it takes the instance over. Validation when
// it is bound to another one.
Result<nlohmann::ordered_json> AdoptionOf(const InstanceObject& object,
                                          const std::string& external_name);
// Validation when `other` is another object that holds the instance.
Result<void> LeavesFree(const InstanceObject& object, const InstanceObject& other,
                        const std::string& external_name);

}  // namespace instanced
