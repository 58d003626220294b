#include "controller/workqueue/backoff.h"

#include <algorithm>

#include <gtest/gtest.h>

namespace instanced {
namespace {

using std::chrono::seconds;

const ObjectKey kKey{Kind::kConnectInstance, "default", "a"};
const ObjectKey kOther{Kind::kConnectInstance, "default", "b"};

// The largest number: full jitter at its upper end.
class HighestRandom final : public Random {
 public:
  std::uint64_t Next() override { return ~std::uint64_t{0}; }
};
class LowestRandom final : public Random {
 public:
  std::uint64_t Next() override { return 0; }
};

TEST(Backoff, SpanDoublesUpToTheLongest) {
  Backoff backoff({.first = seconds(1), .longest = seconds(300)});
  HighestRandom random;
  std::vector<double> waits;
  for (int i = 0; i < 11; ++i) {
    waits.push_back(std::chrono::duration<double>(backoff.Next(kKey, random)).count());
  }
  const std::vector<double> spans{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300};
  for (std::size_t i = 0; i < spans.size(); ++i) EXPECT_NEAR(waits[i], spans[i], 1e-6) << i;
}

TEST(Backoff, JitterCoversTheWholeSpan) {
  SeededRandom random(7);
  Duration least = seconds(300);
  Duration most{};
  for (int i = 0; i < 2000; ++i) {
    Backoff backoff;
    for (int failure = 1; failure < 6; ++failure) backoff.Next(kKey, random);
    const Duration wait = backoff.Next(kKey, random);
    least = std::min(least, wait);
    most = std::max(most, wait);
  }
  EXPECT_LT(least, seconds(1));
  EXPECT_GT(most, seconds(31));
  EXPECT_LT(most, seconds(32));
}

TEST(Backoff, NeverWaitsLessThanTheLeast) {
  Backoff backoff({.least = std::chrono::milliseconds(80)});
  LowestRandom random;
  EXPECT_EQ(backoff.Next(kKey, random), std::chrono::milliseconds(80));
}

TEST(Backoff, ForgottenKeyStartsAnewAndOthersKeepTheirCount) {
  Backoff backoff;
  SeededRandom random(1);
  backoff.Next(kKey, random);
  backoff.Next(kKey, random);
  backoff.Next(kOther, random);
  backoff.Forget(kKey);
  EXPECT_EQ(backoff.FailuresOf(kKey), 0);
  EXPECT_EQ(backoff.FailuresOf(kOther), 1);
  EXPECT_EQ(backoff.size(), 1U);
}

}  // namespace
}  // namespace instanced
