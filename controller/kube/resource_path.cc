#include "controller/kube/resource_path.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "api/kinds/kind_traits.h"

namespace instanced {
namespace {

std::string Escaped(std::string_view text) {
  constexpr std::string_view kUnreserved = "-._~";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       kUnreserved.find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

class Query {
 public:
  explicit Query(std::string path) : text_(std::move(path)) {}
  Query& Add(std::string_view name, std::string_view value) {
    if (!value.empty()) {
      text_ += fmt::format("{}{}={}", std::exchange(separator_, '&'), name, Escaped(value));
    }
    return *this;
  }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
  char separator_ = '?';
};

}  // namespace

ResourceRef ResourceOf(Kind kind, std::string namespace_) {
  const auto slash = kApiVersion.find('/');
  return {std::string(kApiGroup), std::string(kApiVersion.substr(slash + 1)),
          std::string(ResourceNamesOf(kind).plural), std::move(namespace_)};
}

ObjectRef ObjectOf(const ObjectKey& key, std::string subresource) {
  return {ResourceOf(key.kind, key.namespace_), key.name, std::move(subresource)};
}

std::string PathOf(const ResourceRef& resource) {
  std::string path = resource.group.empty()
                         ? fmt::format("/api/{}", resource.version)
                         : fmt::format("/apis/{}/{}", resource.group, resource.version);
  if (!resource.namespace_.empty()) path += "/namespaces/" + Escaped(resource.namespace_);
  return path + "/" + resource.plural;
}

std::string PathOf(const ObjectRef& object) {
  auto path = PathOf(object.resource) + "/" + Escaped(object.name);
  if (!object.subresource.empty()) path += "/" + object.subresource;
  return path;
}

std::string ListTarget(const ResourceRef& resource, const ListOptions& options) {
  return Query(PathOf(resource))
      .Add("limit", options.limit > 0 ? std::to_string(options.limit) : std::string())
      .Add("continue", options.continue_token)
      .Add("fieldSelector", options.field_selector)
      .Take();
}

std::string WatchTarget(const ResourceRef& resource, const WatchOptions& options) {
  return Query(PathOf(resource))
      .Add("watch", "true")
      .Add("allowWatchBookmarks", "true")
      .Add("resourceVersion", options.resource_version)
      .Add("timeoutSeconds", std::to_string(options.timeout_seconds))
      .Add("fieldSelector", options.field_selector)
      .Take();
}

}  // namespace instanced
