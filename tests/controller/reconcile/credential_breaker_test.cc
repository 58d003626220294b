#include "controller/reconcile/credential_breaker.h"

#include <gtest/gtest.h>

namespace instanced {
namespace {

using std::chrono::minutes;

const MonotonicTime kNow{std::chrono::hours(5)};

TEST(CredentialBreaker, OneAskerProbesForAllWhenTheIntervalIsOver) {
  CredentialBreaker breaker{minutes(5)};
  breaker.Refused("c", Error{}, kNow);
  EXPECT_TRUE(breaker.Ask("c", kNow + minutes(4)));
  EXPECT_FALSE(breaker.Ask("c", kNow + minutes(5))) << "the probe";
  EXPECT_TRUE(breaker.Ask("c", kNow + minutes(5))) << "everybody else";
  EXPECT_TRUE(breaker.Accepted("c"));
  EXPECT_FALSE(breaker.Ask("c", kNow + minutes(5)));
  EXPECT_FALSE(breaker.Accepted("c")) << "told once";
}

TEST(CredentialBreaker, ARefusedCredentialSaysNothingOfTheOtherCloudsInTheSameConfig) {
  CredentialBreaker breaker{minutes(5)};
  breaker.Refused(CredentialOf("config", "aws"), Error{}, kNow);
  EXPECT_TRUE(breaker.Ask(CredentialOf("config", "aws"), kNow));
  EXPECT_FALSE(breaker.Ask(CredentialOf("config", "alibaba"), kNow));
  EXPECT_FALSE(breaker.Accepted(CredentialOf("config", "alibaba")));
}

TEST(CredentialBreaker, APersonsRequestIsTheNextProbeAndItsAnswerIsForAll) {
  CredentialBreaker breaker{minutes(5)};
  const MonotonicTime now{std::chrono::hours(1)};
  breaker.Refused("one", Error{}, now);
  ASSERT_TRUE(breaker.Ask("one", now));
  breaker.ProbeNow();
  EXPECT_FALSE(breaker.Ask("one", now)) << "the probe";
  EXPECT_TRUE(breaker.Ask("one", now)) << "the others wait";
  EXPECT_TRUE(breaker.Accepted("one")) << "and are woken";
}

}  // namespace
}  // namespace instanced
