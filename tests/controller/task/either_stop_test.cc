#include "controller/task/either_stop.h"

#include <gtest/gtest.h>

namespace instanced {
namespace {

TEST(EitherStop, StopsWithTheOneOrTheOther) {
  for (const bool with_first : {true, false}) {
    StopSource first;
    StopSource second;
    const EitherStop either(first.token(), second.token());
    ASSERT_FALSE(either.token().StopRequested());

    (with_first ? first : second).RequestStop();

    EXPECT_TRUE(either.token().StopRequested());
  }
}

TEST(EitherStop, OfOneThatHasStoppedHasStopped) {
  StopSource source;
  source.RequestStop();
  EXPECT_TRUE(EitherStop(StopToken(), source.token()).token().StopRequested());
}

}  // namespace
}  // namespace instanced
