#include "controller/admin/manifests.h"

#include <utility>

namespace instanced {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

// What another installation gives an object by itself, and requests that have been served.
constexpr const char* kOwnMetadata[] = {"uid",        "resourceVersion",   "generation",
                                        "finalizers", "creationTimestamp", "deletionTimestamp"};
constexpr std::string_view kServedRequests[] = {kReconcileRequestedAnnotation, kApproveAnnotation,
                                                kReleaseAnnotation};

std::unexpected<Error> Refuse(std::string message) {
  return Fail(ErrorClass::kValidation, "NotFree", std::move(message));
}

}  // namespace

ordered_json ManifestOf(const ObjectPtr& object) {
  json document = std::visit([](const auto& held) { return ToJson(*held); }, object);
  auto& meta = document["metadata"];
  for (const char* member : kOwnMetadata) meta.erase(member);
  if (const auto annotations = meta.find("annotations"); annotations != meta.end()) {
    for (const auto name : kServedRequests) annotations->erase(std::string(name));
    if (annotations->empty()) meta.erase(annotations);
  }
  const auto* instance = std::get_if<InstancePtr>(&object);
  if (instance != nullptr && !(*instance)->status.external_name.empty()) {
    document["spec"]["externalName"] = (*instance)->status.external_name;
  }
  // In the order people write them.
  ordered_json manifest;
  for (const char* member : {"apiVersion", "kind", "metadata", "spec"}) {
    if (document.contains(member)) manifest[member] = document[member];
  }
  return manifest;
}

Result<ordered_json> AdoptionOf(const InstanceObject& object, const std::string& external_name) {
  const std::string& bound = object.status.external_name;
  if (!bound.empty() && bound != external_name) {
    return Refuse(ToString(object.meta.key) + " holds the instance " + bound +
                  " already, and spec.externalName cannot change once bound; declare another "
                  "object for " +
                  external_name);
  }
  return ordered_json{
      {"apiVersion", "instanced.dev/v1alpha1"},
      {"kind", ToString(object.meta.key.kind)},
      {"metadata", {{"namespace", object.meta.key.namespace_}, {"name", object.meta.key.name}}},
      {"spec", {{"externalName", external_name}}}};
}

Result<void> LeavesFree(const InstanceObject& object, const InstanceObject& other,
                        const std::string& external_name) {
  const bool same_kind = other.meta.key.kind == object.meta.key.kind;
  const bool holds = other.status.external_name == external_name;
  if (!same_kind || other.meta.uid == object.meta.uid || !holds) return {};
  return Refuse(ToString(other.meta.key) + " holds the instance " + external_name + " already");
}

}  // namespace instanced
