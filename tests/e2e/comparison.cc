#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "tests/e2e/site.h"

namespace instanced::e2e {
namespace {

// The forProvider field and where cloudsim keeps it: "fields/X", "attributes/X"; a text that may
// carry the ownership mark is compared up to it.
struct Place {
  const char* field;
  const char* pointer;
};
constexpr Place kPlaces[] = {
    {"identityManagementType", "/contents/fields/IdentityManagementType"},
    {"instanceAlias", "/contents/fields/InstanceAlias"},
    {"inboundCallsEnabled", "/contents/attributes/INBOUND_CALLS"},
    {"outboundCallsEnabled", "/contents/attributes/OUTBOUND_CALLS"},
    {"webAppDnsDomain", "/contents/fields/webAppDnsDomain"},
    {"name", "/contents/fields/Name"},
    {"domainName", "/contents/fields/DomainName"},
    {"description", "/contents/fields/Description"},
    {"storageMaxDays", "/contents/fields/StorageMaxDays"},
    {"storageMaxSize", "/contents/fields/StorageMaxSize"},
    {"maxConcurrentConversation", "/contents/fields/MaxConcurrentConversation"},
};
// These two are spelled differently by two clouds.
constexpr Place kSupplyChain[] = {{"instanceName", "/contents/fields/instanceName"},
                                  {"instanceDescription", "/contents/fields/instanceDescription"}};
constexpr Place kOutboundBot[] = {{"instanceName", "/contents/fields/InstanceName"},
                                  {"instanceDescription", "/contents/fields/InstanceDescription"}};

std::string Plain(const Json& value) {
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  const auto mark = text.find(" [instanced:");
  return mark == std::string::npos ? text : text.substr(0, mark);
}

std::string Compare(const Json& wanted, const Json& instance, const Place& place) {
  const auto declared = wanted.find(place.field);
  if (declared == wanted.end()) return "";
  const Json::json_pointer pointer(place.pointer);
  const std::string there = instance.contains(pointer) ? Plain(instance.at(pointer)) : "nothing";
  if (there == Plain(*declared)) return "";
  return std::string(place.field) + ": " + Plain(*declared) + " declared, " + there + " there; ";
}

std::string CompareTags(const Json& wanted, const Json& instance) {
  if (!wanted.contains("tags")) return "";
  Json tags = instance["contents"]["tags"];
  tags.erase("instanced.dev/owner");
  tags.erase("instanced.dev/uid");
  return tags == wanted["tags"] ? ""
                                : "tags: " + wanted["tags"].dump() + " declared, " + tags.dump();
}

std::string CompareAll(const Json& manifest, const Json& instance) {
  const Json& wanted = manifest["spec"]["forProvider"];
  std::string text;
  for (const Place& place : kPlaces) text += Compare(wanted, instance, place);
  const bool supply_chain = ServiceOf(manifest) == "scn";
  for (const Place& place : supply_chain ? kSupplyChain : kOutboundBot) {
    text += Compare(wanted, instance, place);
  }
  return text + CompareTags(wanted, instance);
}

}  // namespace

std::vector<std::string> Differences(const Site& site, const std::vector<Json>& manifests) {
  std::map<std::string, Json> left;
  for (auto& instance : site.OwnInstances()) left[instance.at("id")] = instance;
  // Read once: each reading is a kubectl of them all.
  std::map<std::string, std::string> names;
  for (const auto& object : site.Objects()) names[object.key] = object.external_name();
  std::vector<std::string> differences;
  for (const Json& manifest : manifests) {
    const std::string key = KeyOf(manifest);
    const auto it = left.find(names[key]);
    if (it == left.end()) {
      differences.push_back(key + ": no instance of its own");
      continue;
    }
    if (const auto text = CompareAll(manifest, it->second); !text.empty()) {
      differences.push_back(key + ": " + text);
    }
    left.erase(it);
  }
  for (const auto& [id, instance] : left) {
    differences.push_back("nobody declares " + std::string(instance.at("service")) + " " + id +
                          " " + instance["contents"].dump());
  }
  return differences;
}

void ExpectSettled(const Site& site, const std::vector<Json>& manifests, double seconds) {
  std::vector<std::string> differences;
  const auto settled = [&] {
    if (!site.AllReady(manifests)) return false;
    differences = Differences(site, manifests);
    return differences.empty();
  };
  if (WaitUntil(settled, seconds) == Waited::kReached) return;
  for (const auto& difference : Differences(site, manifests)) ADD_FAILURE() << difference;
  const auto objects = site.Objects();
  for (const Json& manifest : manifests) {
    const auto object = std::ranges::find(objects, KeyOf(manifest), &RecordedObject::key);
    const bool recorded = object != objects.end();
    if (recorded && object->Is("Ready") && object->Is("Synced")) continue;
    ADD_FAILURE() << KeyOf(manifest)
                  << " is not ready: " << (recorded ? object->status.dump() : "not recorded");
  }
}

}  // namespace instanced::e2e
