#include "controller/budget/rate_limits.h"

#include <array>
#include <utility>

namespace instanced {

std::string_view ToString(LimitOrigin origin) {
  switch (origin) {
    case LimitOrigin::kPublished:
      return "published";
    case LimitOrigin::kUnpublished:
      return "unpublished";
    case LimitOrigin::kConfigured:
      return "configured";
  }
  std::unreachable();
}

RateLimit DefaultRateLimit(std::string_view service) {
  static constexpr std::array<std::pair<std::string_view, RateLimit>, 6> kLimits{{
      {"connect", {2, 5, LimitOrigin::kPublished}},
      {"sts", {20, 40, LimitOrigin::kUnpublished}},
      {"scn", {5, 10, LimitOrigin::kUnpublished}},
      {"ccc", {5, 10, LimitOrigin::kUnpublished}},
      {"outboundbot", {5, 10, LimitOrigin::kUnpublished}},
      {"plugin", {50, 100, LimitOrigin::kUnpublished}},
  }};
  for (const auto& [name, limit] : kLimits) {
    if (name == service) return limit;
  }
  return RateLimit{};
}

}  // namespace instanced
