#include "controller/lease/lease_elector.h"

#include <algorithm>
#include <utility>

namespace instanced {
namespace {

// What a released lease lasts: shown for a moment, as client-go does.
constexpr Duration kReleased = std::chrono::seconds(1);

}  // namespace

std::string_view NameOf(const LeaseState& state) {
  struct Visit {
    std::string_view operator()(const FollowingLease&) const { return "Following"; }
    std::string_view operator()(const HoldingLease&) const { return "Holding"; }
    std::string_view operator()(const YieldingLease&) const { return "Yielding"; }
    std::string_view operator()(const LostLease&) const { return "Lost"; }
  };
  return std::visit(Visit{}, state);
}

LeaseElector::LeaseElector(LeaseRecord blank, std::string identity, LeaseTiming timing)
    : blank_(std::move(blank)), identity_(std::move(identity)), timing_(timing) {}

std::optional<MonotonicTime> LeaseElector::ValidFrom() const {
  if (const auto* holding = std::get_if<HoldingLease>(&state_)) return holding->valid_from;
  if (const auto* yielding = std::get_if<YieldingLease>(&state_)) return yielding->valid_from;
  return std::nullopt;
}

bool LeaseElector::IsOurs() const { return ValidFrom().has_value(); }

void LeaseElector::Observe(const std::optional<LeaseRecord>& record, MonotonicTime now) {
  const bool changed = !looked_ || seen_.has_value() != record.has_value() ||
                       (record && record->resource_version != seen_->resource_version);
  if (changed) seen_at_ = now;
  seen_ = record;
  looked_ = true;
  needs_look_ = false;
  if (IsOurs() && (!record || record->holder != identity_)) state_ = FollowingLease{};
}

Duration LeaseElector::Left(MonotonicTime now) const {
  const auto* holding = std::get_if<HoldingLease>(&state_);
  if (!holding) return Duration::zero();
  return std::max(holding->valid_from + timing_.duration - now, Duration::zero());
}

bool LeaseElector::IsFresh(MonotonicTime now) const {
  return seen_ && !seen_->holder.empty() && now < seen_at_ + seen_->duration;
}

bool LeaseElector::IsForsaken(MonotonicTime now) const {
  return seen_ && now >= seen_at_ + 5 * std::max(seen_->duration, timing_.duration);
}

LeaseWrite LeaseElector::Rewrite(LeaseDeed deed, WallTime wall) const {
  LeaseRecord record = seen_.value_or(blank_);
  record.role = blank_.role;
  record.subject = blank_.subject;
  record.holder = deed == LeaseDeed::kRelease ? "" : identity_;
  record.duration = deed == LeaseDeed::kRelease ? kReleased : timing_.duration;
  record.renewed = wall;
  return {deed, std::move(record)};
}

std::optional<LeaseWrite> LeaseElector::Acquire(WallTime wall, MonotonicTime now) const {
  if (!looked_ || needs_look_ || now < tried_at_) return std::nullopt;
  if (seen_ && seen_->holder != identity_ && IsFresh(now)) return std::nullopt;
  LeaseWrite write = Rewrite(LeaseDeed::kAcquire, wall);
  // Ours already when an earlier write's answer was lost: nobody was in between.
  if (!seen_ || seen_->holder != identity_) {
    write.record.acquired = wall;
    if (seen_) ++write.record.transitions;
  }
  return write;
}

std::optional<LeaseWrite> LeaseElector::Due(LeaseWish wish, MonotonicTime now, WallTime wall) {
  if (std::holds_alternative<LostLease>(state_)) return std::nullopt;
  if (!IsOurs()) {
    if (wish != LeaseWish::kHold) return std::nullopt;
    return Acquire(wall, now);
  }
  const MonotonicTime valid_from = *ValidFrom();
  if (now >= valid_from + timing_.renew_deadline) {
    state_ = LostLease{};
    return std::nullopt;
  }
  if (wish == LeaseWish::kHold) {
    state_ = HoldingLease{valid_from};
  } else {
    state_ = YieldingLease{valid_from};
  }
  if (needs_look_) return std::nullopt;
  if (wish == LeaseWish::kRelease) return Rewrite(LeaseDeed::kRelease, wall);
  if (now < valid_from + timing_.retry || now < tried_at_) return std::nullopt;
  return Rewrite(LeaseDeed::kRenew, wall);
}

// As long as the server asks for, but what is held is tried again while there is time.
Duration LeaseElector::RestAfter(const Error& error, MonotonicTime now) const {
  const Duration rest = timing_.retry / 4;
  if (!error.retry_after) return rest;
  const auto by = RenewBy();
  const Duration longest = by ? (*by - now) / 2 : timing_.duration;
  return std::max(rest, std::min<Duration>(*error.retry_after, longest));
}

void LeaseElector::Answered(const LeaseWrite& write, const Result<LeaseRecord>& answer,
                            MonotonicTime sent, MonotonicTime now) {
  if (!answer) {
    // What is on the server is not what we knew, or not surely.
    needs_look_ = true;
    tried_at_ = now + RestAfter(answer.error(), now);
    return;
  }
  seen_ = *answer;
  seen_at_ = now;
  if (write.deed == LeaseDeed::kRelease) {
    state_ = FollowingLease{};
    return;
  }
  if (std::holds_alternative<LostLease>(state_)) return;
  if (!IsOurs()) {
    epoch_ = answer->transitions + 1;
    ++tenures_;
    state_ = HoldingLease{sent};
  } else if (std::holds_alternative<YieldingLease>(state_)) {
    state_ = YieldingLease{sent};
  } else {
    state_ = HoldingLease{sent};
  }
}

std::optional<MonotonicTime> LeaseElector::RenewBy() const {
  const auto valid_from = ValidFrom();
  if (!valid_from) return std::nullopt;
  return *valid_from + timing_.renew_deadline;
}

std::optional<MonotonicTime> LeaseElector::NextDue(MonotonicTime now) const {
  if (const auto valid_from = ValidFrom()) {
    const auto renew = std::max({*valid_from + timing_.retry, tried_at_, now});
    return std::min(renew, *valid_from + timing_.renew_deadline);
  }
  if (!seen_ || std::holds_alternative<LostLease>(state_)) return std::nullopt;
  const auto free_at = seen_->holder.empty() ? now : seen_at_ + seen_->duration;
  return std::max(free_at, tried_at_);
}

}  // namespace instanced
