#include "controller/budget/poll_interval.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace instanced {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

double PlainSeconds(PollState state, Duration in_state) {
  double sum = 0;
  for (int i = 0; i < 1000; ++i) {
    sum +=
        std::chrono::duration<double>(PollInterval(state, in_state, "uid-" + std::to_string(i), {}))
            .count();
  }
  return sum / 1000;
}

TEST(PollInterval, GrowsFromSecondsInTransitionToMinutesWhenStable) {
  EXPECT_NEAR(PlainSeconds(PollState::kTransition, seconds(0)), 10, 0.3);
  EXPECT_NEAR(PlainSeconds(PollState::kTransition, seconds(100)), 20, 0.6);
  EXPECT_NEAR(PlainSeconds(PollState::kTransition, hours(5)), 60, 1.5);
  EXPECT_NEAR(PlainSeconds(PollState::kStable, seconds(0)), 60, 1.5);
  EXPECT_NEAR(PlainSeconds(PollState::kStable, hours(5)), 300, 8);
}

TEST(PollInterval, StaysWithinATenthAndIsFixedByUid) {
  for (int i = 0; i < 1000; ++i) {
    const std::string uid = "uid-" + std::to_string(i);
    const Duration interval = PollInterval(PollState::kStable, hours(1), uid, {});
    EXPECT_GE(interval, seconds(270));
    EXPECT_LE(interval, seconds(330));
    EXPECT_EQ(interval, PollInterval(PollState::kStable, hours(1), uid, {}));
  }
}

TEST(PollPhase, SpreadsTenThousandObjectsEvenly) {
  std::vector<int> per_second(300);
  for (int i = 0; i < 10'000; ++i) {
    const Duration phase = PollPhase("uid-" + std::to_string(i), minutes(5));
    ++per_second.at(static_cast<std::size_t>(phase / seconds(1)));
  }
  for (const int count : per_second) EXPECT_LT(count, 70);  // 33 on average
}

TEST(PollPhase, EmptyIntervalHasNoPhase) { EXPECT_EQ(PollPhase("x", {}), Duration::zero()); }

}  // namespace
}  // namespace instanced
