#include <string_view>

#include "controller/http/http_server.h"

namespace instanced {
namespace {

bool Covers(std::string_view prefix, std::string_view path) {
  if (!path.starts_with(prefix)) return false;
  return prefix.ends_with('/') || path.size() == prefix.size() || path[prefix.size()] == '/';
}

}  // namespace

std::expected<const HttpRoute*, RouteMiss> FindRoute(const std::vector<HttpRoute>& routes,
                                                     HttpMethod method, std::string_view path) {
  const HttpMethod wanted = method == HttpMethod::kHead ? HttpMethod::kGet : method;
  const HttpRoute* best = nullptr;
  bool other_method = false;
  for (const auto& route : routes) {
    if (!Covers(route.path_prefix, path)) continue;
    if (route.method != wanted) {
      other_method = true;
    } else if (!best || route.path_prefix.size() > best->path_prefix.size()) {
      best = &route;
    }
  }
  if (best) return best;
  return std::unexpected(other_method ? RouteMiss::kWrongMethod : RouteMiss::kNotFound);
}

}  // namespace instanced
