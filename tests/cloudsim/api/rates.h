// Token buckets per account, region and operation, on the real clock: clients live in real time
// however fast the clouds' states move.
#pragma once

#include <string>
#include <unordered_map>

#include "tests/cloudsim/world/settings.h"

namespace instanced::cloudsim {

class RateBook {
 public:
  // False when the bucket is empty. A bucket starts full.
  bool Take(const std::string& bucket, const Rate& rate, Millis real_now);
  void Clear() { buckets_.clear(); }

 private:
  struct Bucket {
    double tokens = 0;
    Millis at = 0;
  };
  std::unordered_map<std::string, Bucket> buckets_;
};

}  // namespace instanced::cloudsim
