#include "controller/budget/token_bucket.h"

#include <algorithm>
#include <cmath>

namespace instanced {
namespace {

constexpr Duration kChangeAtMostEvery = std::chrono::seconds(1);
// Rounding of times to nanoseconds must not hide a token that is due.
constexpr double kSlack = 1e-6;

double Seconds(Duration span) { return std::chrono::duration<double>(span).count(); }

}  // namespace

TokenBucket::TokenBucket(RateLimit limit, AimdOptions options, MonotonicTime now)
    : options_(options),
      origin_(limit.origin),
      ceiling_(std::max(options.least_per_second, limit.per_second * (1 - options.kept_free))),
      capacity_(std::max(1.0, std::floor(limit.burst * (1 - options.kept_free) + kSlack))),
      rate_(ceiling_),
      tokens_(capacity_),
      counted_at_(now),
      blocked_until_(now),
      changed_at_(now) {}

double TokenBucket::TokensAt(MonotonicTime now) const {
  const MonotonicTime from = std::max(counted_at_, blocked_until_);
  if (now <= from) return tokens_;
  const double room = std::max(0.0, capacity_ - held_);
  return std::min(room, tokens_ + Seconds(now - from) * rate_);
}

void TokenBucket::Settle(MonotonicTime now) {
  tokens_ = TokensAt(now);
  counted_at_ = std::max(counted_at_, now);
}

int TokenBucket::capacity() const { return static_cast<int>(capacity_); }

int TokenBucket::Available(MonotonicTime now) const {
  if (now < blocked_until_) return 0;
  return static_cast<int>(TokensAt(now) + kSlack);
}

bool TokenBucket::Take(int count, MonotonicTime now) {
  if (Available(now) < std::max(1, count)) return false;
  Settle(now);
  tokens_ = std::max(0.0, tokens_ - std::max(1, count));
  return true;
}

void TokenBucket::Empty(MonotonicTime now) {
  Settle(now);
  tokens_ = 0;
}

bool TokenBucket::Hold(int count, MonotonicTime now) {
  if (!Take(count, now)) return false;
  held_ += std::max(1, count);
  return true;
}

void TokenBucket::SpendHeld(MonotonicTime now) {
  Settle(now);
  held_ = std::max(0, held_ - 1);
}

void TokenBucket::ReturnHeld(int count, MonotonicTime now) {
  Settle(now);
  const int returned = std::clamp(count, 0, held_);
  held_ -= returned;
  tokens_ = std::min(std::max(0.0, capacity_ - held_), tokens_ + returned);
}

MonotonicTime TokenBucket::TimeOf(int count, MonotonicTime now) const {
  const MonotonicTime from = std::max(now, blocked_until_);
  const double missing = std::min<double>(std::max(1, count), capacity()) - TokensAt(from);
  if (missing <= kSlack) return from;
  return from + std::chrono::ceil<Duration>(std::chrono::duration<double>(missing / rate_));
}

void TokenBucket::Throttled(std::optional<std::chrono::milliseconds> retry_after,
                            MonotonicTime now) {
  Settle(now);
  tokens_ = 0;
  const Duration asked = retry_after ? Duration(*retry_after) : options_.block;
  const Duration block = std::clamp(asked, Duration::zero(), options_.longest_block);
  blocked_until_ = std::max(blocked_until_, now + block);
  // Answers of one burst count once.
  if (rate_ < ceiling_ && now - changed_at_ < kChangeAtMostEvery) return;
  rate_ = std::max(options_.least_per_second, rate_ * options_.decrease);
  changed_at_ = now;
}

void TokenBucket::Succeeded(MonotonicTime now) {
  if (rate_ >= ceiling_ || now - changed_at_ < kChangeAtMostEvery) return;
  SetRate(rate_ + ceiling_ * options_.increase, now);
}

void TokenBucket::TakeLimitOf(const TokenBucket& fresh, MonotonicTime now) {
  Settle(now);
  origin_ = fresh.origin_;
  ceiling_ = fresh.ceiling_;
  capacity_ = fresh.capacity_;
  rate_ = fresh.ceiling_;
  tokens_ = std::min(tokens_, std::max(0.0, capacity_ - held_));
  changed_at_ = now;
}

void TokenBucket::SetRate(double per_second, MonotonicTime now) {
  Settle(now);
  if (!std::isfinite(per_second)) return;
  rate_ = std::min(ceiling_, std::max(options_.least_per_second, per_second));
  changed_at_ = now;
}

}  // namespace instanced
