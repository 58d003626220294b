#include "controller/budget/token_bucket.h"

#include <gtest/gtest.h>

namespace instanced {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr MonotonicTime kStart{std::chrono::hours(1)};

TEST(TokenBucket, ThrottledHalvesTheRateOncePerBurstAndBlocksForTheHint) {
  TokenBucket bucket({2, 5}, {}, kStart);
  bucket.Throttled(milliseconds(3000), kStart);
  bucket.Throttled(milliseconds(2000), kStart + milliseconds(100));
  EXPECT_DOUBLE_EQ(bucket.rate(), 0.8);
  EXPECT_EQ(bucket.blocked_until(), kStart + seconds(3));
  EXPECT_EQ(bucket.Available(kStart + milliseconds(2900)), 0);
  EXPECT_EQ(bucket.TimeOf(1, kStart), kStart + seconds(3) + milliseconds(1250));
}

TEST(TokenBucket, SuccessesBringTheRateBackToItsCeilingAndNotBeyond) {
  TokenBucket bucket({2, 5}, {}, kStart);
  bucket.Throttled(std::nullopt, kStart);
  double last = bucket.rate();
  for (int second = 2; second < 200; ++second) {
    bucket.Succeeded(kStart + seconds(second));
    EXPECT_GE(bucket.rate(), last);
    EXPECT_LE(bucket.rate() - last, 0.0321);
    last = bucket.rate();
  }
  EXPECT_DOUBLE_EQ(bucket.rate(), 1.6);
}

TEST(TokenBucket, RateNeverFallsBelowTheFloor) {
  TokenBucket bucket({2, 5}, {.least_per_second = 0.1}, kStart);
  for (int second = 0; second < 100; second += 2) {
    bucket.Throttled(std::nullopt, kStart + seconds(second));
  }
  EXPECT_DOUBLE_EQ(bucket.rate(), 0.1);
}

TEST(TokenBucket, AbsurdHintIsCut) {
  TokenBucket bucket({2, 5}, {.longest_block = seconds(900)}, kStart);
  bucket.Throttled(milliseconds(1'000'000'000), kStart);
  EXPECT_EQ(bucket.blocked_until(), kStart + seconds(900));
}

TEST(TokenBucket, PromisedTimeIsKept) {
  TokenBucket bucket({0.3, 3}, {}, kStart);
  MonotonicTime now = kStart;
  for (int taken = 0; taken < 500; ++taken) {
    now = bucket.TimeOf(1, now);
    ASSERT_TRUE(bucket.Take(1, now)) << taken;
  }
}

// Before, what was held left the bucket, which then filled up behind it: twice the burst at once.
TEST(TokenBucket, WhatIsHeldAndWhatComesMeanwhileAreNeverMoreThanTheBurst) {
  TokenBucket bucket({2, 5}, {}, kStart);
  ASSERT_EQ(bucket.capacity(), 4);
  ASSERT_TRUE(bucket.Hold(3, kStart));
  const MonotonicTime later = kStart + seconds(60);
  EXPECT_EQ(bucket.Available(later), 1);
  bucket.SpendHeld(later);
  EXPECT_EQ(bucket.Available(later), 1);
  EXPECT_EQ(bucket.Available(later + seconds(60)), 2);
  bucket.ReturnHeld(2, later + seconds(60));
  EXPECT_EQ(bucket.Available(later + seconds(120)), 4);
}

TEST(TokenBucket, ReturnsNoMoreThanWasHeld) {
  TokenBucket bucket({2, 5}, {}, kStart);
  ASSERT_TRUE(bucket.Take(4, kStart));
  bucket.ReturnHeld(3, kStart);
  EXPECT_EQ(bucket.Available(kStart), 0);
}

TEST(TokenBucket, DefaultsAreThePublishedOnes) {
  EXPECT_DOUBLE_EQ(DefaultRateLimit("connect").per_second, 2);
  EXPECT_DOUBLE_EQ(DefaultRateLimit("connect").burst, 5);
  EXPECT_EQ(DefaultRateLimit("connect").origin, LimitOrigin::kPublished);
  for (const char* service : {"scn", "ccc", "outboundbot", "somebody-elses"}) {
    EXPECT_DOUBLE_EQ(DefaultRateLimit(service).per_second, 5) << service;
    EXPECT_EQ(DefaultRateLimit(service).origin, LimitOrigin::kUnpublished) << service;
  }
}

}  // namespace
}  // namespace instanced
