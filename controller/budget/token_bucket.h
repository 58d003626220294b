// TokenBucket: the rate of one operation of one account, learned by additive increase and
// multiplicative decrease.
//
// Never gives more than the limit less the share kept free for people (who use the same account by
// console and scripts, or ask for one object; see AccountBudget). A throttled answer halves the
// rate, at most once a second, takes all tokens, and blocks until the time the cloud asked for;
// each second with a success adds a little back, up to where it started.
//
// Pure; time is an argument and must not run backwards. Threads: one at a time.
#pragma once

#include <chrono>
#include <optional>

#include "controller/budget/rate_limits.h"
#include "controller/clock/clock.h"

namespace instanced {

struct AimdOptions {
  double kept_free = 0.2;  // share of rate and burst left to people
  double increase = 0.02;  // of the ceiling, per second with a success
  double decrease = 0.5;   // factor of a throttled answer
  double least_per_second = 0.05;
  Duration block = std::chrono::seconds(1);  // after a throttled answer without a hint
  Duration longest_block = std::chrono::minutes(15);
};

class TokenBucket {
 public:
  TokenBucket(RateLimit limit, AimdOptions options, MonotonicTime now);

  // Whole calls that could be made at once.
  int Available(MonotonicTime now) const;
  // Takes `count` tokens (at least one), or none when there are fewer.
  [[nodiscard]] bool Take(int count, MonotonicTime now);
  // Takes all that is there.
  void Empty(MonotonicTime now);
  // Keeps `count` tokens for calls to come, or none when there are fewer. Until they are spent or
  // returned they fill the bucket as if they were in it: what is held and what has come meanwhile
  // are never a burst of more than capacity().
  [[nodiscard]] bool Hold(int count, MonotonicTime now);
  void SpendHeld(MonotonicTime now);
  void ReturnHeld(int count, MonotonicTime now);
  // When `count` tokens will be there, provided what is held does not stand in their way; more than
  // capacity() never are and count as capacity().
  MonotonicTime TimeOf(int count, MonotonicTime now) const;
  int capacity() const;

  void Throttled(std::optional<std::chrono::milliseconds> retry_after, MonotonicTime now);
  void Succeeded(MonotonicTime now);

  double rate() const { return rate_; }
  double ceiling() const { return ceiling_; }
  LimitOrigin origin() const { return origin_; }
  MonotonicTime blocked_until() const { return blocked_until_; }
  // Whether both were made from the same limit.
  bool HasLimitOf(const TokenBucket& other) const {
    return ceiling_ == other.ceiling_ && capacity_ == other.capacity_ && origin_ == other.origin_;
  }
  // From now on with the limit of `fresh`, unlearned. Tokens stay (no more than it holds), and so
  // does the time the cloud asked for: what is configured anew was not asked of the cloud.
  void TakeLimitOf(const TokenBucket& fresh, MonotonicTime now);
  // Takes over a learned rate, within floor and ceiling.
  void SetRate(double per_second, MonotonicTime now);

 private:
  double TokensAt(MonotonicTime now) const;
  void Settle(MonotonicTime now);

  AimdOptions options_;
  LimitOrigin origin_;
  double ceiling_;
  double capacity_;
  double rate_;
  double tokens_;
  int held_ = 0;
  MonotonicTime counted_at_;
  MonotonicTime blocked_until_;
  MonotonicTime changed_at_;
};

}  // namespace instanced
