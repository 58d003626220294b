#include "controller/ctl/manifests.h"

#include <nlohmann/json.hpp>

#include "controller/ctl/document.h"
#include "controller/ctl/times.h"

namespace instanced::ctl {
namespace {

using nlohmann::ordered_json;

// What another installation gives an object by itself, and requests that have been served.
constexpr const char* kOwnMetadata[] = {"uid",        "resourceVersion",   "generation",
                                        "finalizers", "creationTimestamp", "deletionTimestamp"};
constexpr const char* kServedRequests[] = {"instanced.dev/reconcile-requested-at",
                                           "instanced.dev/approve", "instanced.dev/release"};

ordered_json ManifestOf(const admin::v1::Object& object) {
  ordered_json document = ParseDocument(object.document());
  document.erase("status");
  if (auto meta = document.find("metadata"); meta != document.end() && meta->is_object()) {
    for (const char* member : kOwnMetadata) meta->erase(member);
    if (auto annotations = meta->find("annotations"); annotations != meta->end()) {
      for (const char* name : kServedRequests) annotations->erase(name);
      if (annotations->empty()) meta->erase("annotations");
    }
  }
  if (!object.external_name().empty()) {
    document["spec"]["externalName"] = object.external_name();
  }
  // In the order people write them.
  ordered_json manifest;
  for (const char* member : {"apiVersion", "kind", "metadata", "spec"}) {
    if (document.contains(member)) manifest[member] = document[member];
  }
  return manifest;
}

}  // namespace

ExportedManifests ExportManifests(const std::vector<admin::v1::Object>& objects, Format format) {
  ExportedManifests exported;
  ordered_json list = {{"apiVersion", "v1"}, {"kind", "List"}, {"items", ordered_json::array()}};
  for (const auto& object : objects) {
    if (object.has_deletion_requested_at()) {
      exported.left_out.push_back(NameOf(object.object()));
      continue;
    }
    if (format == Format::kJson) {
      list["items"].push_back(ManifestOf(object));
    } else {
      exported.text += (exported.text.empty() ? "" : "---\n") + Write(ManifestOf(object), format);
    }
  }
  if (format == Format::kJson) exported.text = Write(list, format);
  return exported;
}

std::expected<std::string, std::string> AdoptionPatch(const admin::v1::Object& object,
                                                      const std::string& external_name,
                                                      const std::vector<admin::v1::Object>& all,
                                                      Format format) {
  if (!object.external_name().empty() && object.external_name() != external_name) {
    return std::unexpected(NameOf(object.object()) + " holds the instance " +
                           object.external_name() +
                           " already, and spec.externalName cannot change once bound; declare "
                           "another object for " +
                           external_name);
  }
  for (const auto& other : all) {
    const bool same_kind = other.object().kind() == object.object().kind();
    if (same_kind && other.uid() != object.uid() && other.external_name() == external_name) {
      return std::unexpected(NameOf(other.object()) + " holds the instance " + external_name +
                             " already");
    }
  }
  const ordered_json patch = {
      {"apiVersion", "instanced.dev/v1alpha1"},
      {"kind", object.object().kind()},
      {"metadata", {{"namespace", object.object().namespace_()}, {"name", object.object().name()}}},
      {"spec", {{"externalName", external_name}}}};
  if (IsForPrograms(format)) return Write(patch, format);
  return "# Put spec.externalName into the manifest of " + NameOf(object.object()) +
         ".\n# With the next read of it the instance is taken over, if its mark allows it.\n" +
         Write(patch, Format::kYaml);
}

}  // namespace instanced::ctl
