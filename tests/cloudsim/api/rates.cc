#include "tests/cloudsim/api/rates.h"

#include <algorithm>

namespace instanced::cloudsim {

bool RateBook::Take(const std::string& bucket, const Rate& rate, Millis real_now) {
  auto [entry, fresh] = buckets_.try_emplace(bucket, Bucket{rate.burst, real_now});
  Bucket& state = entry->second;
  const double elapsed = static_cast<double>(std::max<Millis>(0, real_now - state.at)) / 1000;
  state.tokens = std::min(rate.burst, state.tokens + elapsed * rate.per_second);
  state.at = real_now;
  if (state.tokens < 1) return false;
  state.tokens -= 1;
  return true;
}

}  // namespace instanced::cloudsim
