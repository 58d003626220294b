#include "controller/clock/clock.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <set>

namespace instanced {
namespace {

TEST(FormatRfc3339, GivesUtcInWholeSeconds) {
  EXPECT_EQ(FormatRfc3339(WallTime(std::chrono::milliseconds(0))), "1970-01-01T00:00:00Z");
  EXPECT_EQ(FormatRfc3339(WallTime(std::chrono::milliseconds(1768478400999))),
            "2026-01-15T12:00:00Z");
  EXPECT_EQ(FormatRfc3339(WallTime(std::chrono::milliseconds(-1))), "1969-12-31T23:59:59Z");
}

TEST(SeededRandom, SameSeedGivesTheSameNumbers) {
  SeededRandom first(7);
  SeededRandom second(7);
  SeededRandom other(8);

  EXPECT_EQ(first.Next(), second.Next());
  EXPECT_NE(first.Next(), other.Next());
}

TEST(SeededRandom, SeedsZeroAndOneStartApart) {
  std::set<std::uint64_t> seen;
  for (std::uint64_t seed = 0; seed < 100; ++seed) seen.insert(SeededRandom(seed).Next());

  EXPECT_EQ(seen.size(), 100u);
}

TEST(UniformBelow, StaysBelowItsBoundAndReachesEveryValue) {
  SeededRandom random(1);
  std::array<int, 7> hits{};
  for (int i = 0; i < 7000; ++i) ++hits.at(UniformBelow(random, std::uint64_t{7}));

  for (const int count : hits) EXPECT_NEAR(count, 1000, 200);
}

TEST(UniformBelow, EmptyRangesGiveZero) {
  SeededRandom random(1);

  EXPECT_EQ(UniformBelow(random, std::uint64_t{0}), 0u);
  EXPECT_EQ(UniformBelow(random, Duration::zero()), Duration::zero());
  EXPECT_EQ(UniformBelow(random, Duration(-5)), Duration::zero());
}

TEST(SystemClock, MonotonicTimeNeverGoesBack) {
  const SystemClock clock;
  MonotonicTime last = clock.Now();
  for (int i = 0; i < 1000; ++i) {
    const MonotonicTime now = clock.Now();
    ASSERT_GE(now, last);
    last = now;
  }
}

}  // namespace
}  // namespace instanced
