// The rates the clouds allow, per operation and account: what a budget starts from.
//
// Sources: Amazon Connect service quotas page ("default for operations without their own entry:
// rate 2/s, burst 5", counted per API and account; throttled calls answer 429). The others publish
// no figures for these APIs: theirs are cautious guesses, and throttling corrects them.
#pragma once

#include <string_view>

namespace instanced {

enum class LimitOrigin { kPublished, kUnpublished, kConfigured };
std::string_view ToString(LimitOrigin origin);  // "published", "unpublished", "configured"

struct RateLimit {
  double per_second = 5;
  double burst = 10;
  LimitOrigin origin = LimitOrigin::kUnpublished;
};

// connect 2/s burst 5 (published); sts 20/s burst 40; scn, ccc, outboundbot and unknown services
// 5/s burst 10.
RateLimit DefaultRateLimit(std::string_view service);

}  // namespace instanced
