#include "controller/clock/duration.h"

#include <gtest/gtest.h>

namespace instanced {
namespace {

using namespace std::chrono_literals;

TEST(Duration, UnitsAddUp) {
  EXPECT_EQ(ParseDuration("500ms"), 500ms);
  EXPECT_EQ(ParseDuration("30s"), 30s);
  EXPECT_EQ(ParseDuration("5m"), 5min);
  EXPECT_EQ(ParseDuration("24h"), 24h);
  EXPECT_EQ(ParseDuration("30d"), 720h);
  EXPECT_EQ(ParseDuration("1h30m"), 90min);
  EXPECT_EQ(ParseDuration("0s"), 0s);
}

TEST(Duration, AnythingElseIsRefused) {
  for (const char* text : {"", "5", "s", "5 s", "-5s", "1.5s", "5S", "5us", "5s ", "99999999999s",
                           "40000d", "4000000000d4000000000d"}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << text;
  }
}

TEST(Duration, FormattedTextReadsBackTheSame) {
  for (const std::chrono::nanoseconds value :
       {std::chrono::nanoseconds(0s), std::chrono::nanoseconds(1ms),
        std::chrono::nanoseconds(61'001ms), std::chrono::nanoseconds(26h)}) {
    EXPECT_EQ(ParseDuration(FormatDuration(value)), value) << FormatDuration(value);
  }
  EXPECT_EQ(FormatDuration(90min), "1h30m");
}

}  // namespace
}  // namespace instanced
