// Where things are in the Kubernetes REST API: paths and queries, built without I/O.
//
// Facts: kubernetes.io/docs/reference/using-api/api-concepts. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>

#include "api/object/object_key.h"

namespace instanced {

// A kind of resource, and the namespace looked at; an empty namespace means all of them, or a
// resource that has none.
struct ResourceRef {
  std::string group;  // empty: the core group
  std::string version = "v1";
  std::string plural;
  std::string namespace_;
  friend bool operator==(const ResourceRef&, const ResourceRef&) = default;
};

struct ObjectRef {
  ResourceRef resource;
  std::string name;
  std::string subresource;  // "status"; empty: the object itself
  friend bool operator==(const ObjectRef&, const ObjectRef&) = default;
};

struct ListOptions {
  std::int64_t limit = 0;      // 0: all at once
  std::string continue_token;  // of the page before
  std::string field_selector;  // "metadata.name=x"
};

struct WatchOptions {
  std::string resource_version;
  std::int64_t timeout_seconds = 300;  // the server ends the watch by itself after it
  std::string field_selector;
};

ResourceRef ResourceOf(Kind kind, std::string namespace_);
ObjectRef ObjectOf(const ObjectKey& key, std::string subresource = {});

// "/apis/instanced.dev/v1alpha1/namespaces/default/connectinstances"
std::string PathOf(const ResourceRef& resource);
std::string PathOf(const ObjectRef& object);
// Path and query.
std::string ListTarget(const ResourceRef& resource, const ListOptions& options);
// Always with bookmarks.
std::string WatchTarget(const ResourceRef& resource, const WatchOptions& options);

}  // namespace instanced
