#include "controller/budget/account_budget.h"

#include <algorithm>
#include <cmath>

namespace instanced {
namespace {

void TakeEarlier(std::optional<MonotonicTime>& earliest, std::optional<MonotonicTime> other) {
  if (other && (!earliest || *other < *earliest)) earliest = other;
}

void TakeEarlier(OldestWaiting& earliest, const OldestWaiting& other) {
  for (std::size_t level = 0; level < kPriorities; ++level) {
    TakeEarlier(earliest[level], other[level]);
  }
}

}  // namespace

AccountBudget::AccountBudget(std::string_view service, const BudgetOptions& options,
                             FairNodes& nodes)
    : service_(service), options_(options), nodes_(nodes), ageing_(options.ageing) {}

TokenBucket& AccountBudget::BucketOf(std::string_view operation, MonotonicTime now) {
  const auto found = buckets_.find(operation);
  if (found != buckets_.end()) return found->second;
  return buckets_.emplace(operation, FreshBucket(DefaultLimit(), now)).first->second;
}

TokenBucket AccountBudget::FreshBucket(RateLimit limit, MonotonicTime now) const {
  TokenBucket bucket(limit, options_.aimd, now);
  if (first_fill_ == FirstFill::kEmpty) bucket.Empty(now);
  return bucket;
}

void AccountBudget::Empty(MonotonicTime now) {
  for (auto& [operation, bucket] : buckets_) bucket.Empty(now);
  for (auto& [operation, bucket] : kept_) bucket.Empty(now);
}

TokenBucket* AccountBudget::KeptBucketOf(std::string_view operation, MonotonicTime now) {
  if (const auto found = kept_.find(operation); found != kept_.end()) return &found->second;
  const TokenBucket& bucket = BucketOf(operation, now);
  const double share = options_.aimd.kept_free;
  if (share <= 0 || share >= 1) return nullptr;
  // The bucket was made from what is left of the limit; this is the rest of it.
  const double part = share / (1 - share);
  RateLimit limit{bucket.ceiling() * part, std::floor(bucket.capacity() * part + 1e-6),
                  bucket.origin()};
  if (limit.burst < 1) return nullptr;
  AimdOptions aimd = options_.aimd;
  aimd.kept_free = 0;
  auto& kept = kept_.emplace(operation, TokenBucket(limit, aimd, now)).first->second;
  if (first_fill_ == FirstFill::kEmpty) kept.Empty(now);
  kept.SetRate(bucket.rate() * part, now);
  if (bucket.blocked_until() > now) {
    kept.Throttled(std::chrono::ceil<std::chrono::milliseconds>(bucket.blocked_until() - now), now);
  }
  return &kept;
}

// What people may use comes first, then what everybody does.
bool AccountBudget::PersonCanPay(const Need& need, MonotonicTime now) {
  return std::ranges::all_of(need, [&](const auto& entry) {
    const TokenBucket* kept = KeptBucketOf(entry.first, now);
    const TokenBucket& bucket = BucketOf(entry.first, now);
    const int capacity = bucket.capacity() + (kept ? kept->capacity() : 0);
    const int available = bucket.Available(now) + (kept ? kept->Available(now) : 0);
    return available >= std::min(entry.second, capacity);
  });
}

void AccountBudget::Report(std::string_view operation, std::optional<ErrorClass> error_class,
                           std::optional<std::chrono::milliseconds> retry_after,
                           MonotonicTime now) {
  const auto kept = kept_.find(operation);
  for (TokenBucket* bucket :
       {&BucketOf(operation, now), kept == kept_.end() ? nullptr : &kept->second}) {
    if (bucket == nullptr) continue;
    if (!error_class) bucket->Succeeded(now);
    if (error_class == ErrorClass::kThrottled) bucket->Throttled(retry_after, now);
  }
}

RateLimit AccountBudget::DefaultLimit() const {
  return default_limit_.value_or(DefaultRateLimit(service_));
}

void AccountBudget::ChangeLimit(std::string_view operation, RateLimit limit, MonotonicTime now) {
  kept_.clear();  // made anew from the new limits
  const TokenBucket fresh = FreshBucket(limit, now);
  for (auto& [name, bucket] : buckets_) {
    const bool meant = operation.empty() ? !own_limits_.contains(name) : name == operation;
    // The same limit again (a reload) keeps what was learned.
    if (meant && !bucket.HasLimitOf(fresh)) bucket.TakeLimitOf(fresh, now);
  }
}

void AccountBudget::SetLimit(std::string_view operation, RateLimit limit, MonotonicTime now) {
  if (operation.empty()) {
    default_limit_ = limit;
  } else {
    own_limits_.emplace(operation);
    buckets_.try_emplace(std::string(operation), FreshBucket(limit, now));
  }
  ChangeLimit(operation, limit, now);
}

void AccountBudget::ClearLimit(std::string_view operation, MonotonicTime now) {
  if (operation.empty()) {
    default_limit_.reset();
  } else {
    own_limits_.erase(std::string(operation));
  }
  ChangeLimit(operation, DefaultLimit(), now);
}

bool AccountBudget::Passed::Covers(const Lane& lane) const {
  return std::ranges::find(lanes, &lane) != lanes.end() ||
         std::ranges::any_of(claimed, [&](auto name) { return lane.need.contains(name); });
}

MonotonicTime AccountBudget::TimeOf(std::string_view operation, int count,
                                    MonotonicTime now) const {
  const auto bucket = buckets_.find(operation);
  return bucket == buckets_.end() ? now : bucket->second.TimeOf(count, now);
}

bool AccountBudget::Claims(const Lane& lane, std::string_view operation, MonotonicTime now) const {
  return std::ranges::all_of(lane.need, [&](const auto& entry) {
    return entry.first == operation ||
           TimeOf(entry.first, entry.second, now) <= now + options_.hold;
  });
}

bool AccountBudget::ClaimsAny(const Lane& lane, const Need& need, MonotonicTime now) const {
  return std::ranges::any_of(need, [&](const auto& entry) {
    return lane.need.contains(entry.first) && Claims(lane, entry.first, now);
  });
}

bool AccountBudget::Affordable(const Need& need, MonotonicTime now) {
  return std::ranges::all_of(need, [&](const auto& entry) {
    const TokenBucket& bucket = BucketOf(entry.first, now);
    // More than a full bucket can never be held at once: the rest is spent call by call.
    return bucket.Available(now) >= std::min(entry.second, bucket.capacity());
  });
}

void AccountBudget::Hold(const Need& need, KeySlot slot, Asker asker, MonotonicTime now) {
  Grant& grant = grants_[slot];
  grant.number = ++serial_;
  grant.asked = need;
  const auto take = [&](TokenBucket* bucket, const std::string& operation, int wanted) {
    const int taken = bucket ? std::min(wanted, bucket->Available(now)) : 0;
    if (taken <= 0 || !bucket->Hold(taken, now)) return 0;
    grant.left[operation] += taken;
    return taken;
  };
  for (const auto& [operation, count] : need) {
    int wanted = count;
    if (asker == Asker::kPerson) {
      const int kept = take(KeptBucketOf(operation, now), operation, wanted);
      if (kept > 0) grant.kept[operation] = kept;
      wanted -= kept;
    }
    take(&BucketOf(operation, now), operation, wanted);
  }
  expiries_.push_back({now + options_.hold, slot, grant.number});
}

void AccountBudget::GiveBack(const Grant& grant, MonotonicTime now) {
  for (const auto& [operation, count] : grant.left) {
    const auto found = grant.kept.find(operation);
    const int kept = found == grant.kept.end() ? 0 : std::min(found->second, count);
    TokenBucket* bucket = KeptBucketOf(operation, now);
    if (bucket != nullptr && kept > 0) bucket->ReturnHeld(kept, now);
    if (count > kept) BucketOf(operation, now).ReturnHeld(count - kept, now);
  }
}

std::vector<KeySlot> AccountBudget::ReturnExpired(MonotonicTime now) {
  std::vector<KeySlot> over;
  while (!expiries_.empty() && expiries_.front().when <= now) {
    const Expiry expiry = expiries_.front();
    expiries_.pop_front();
    const auto grant = grants_.find(expiry.slot);
    if (grant == grants_.end() || grant->second.number != expiry.number) continue;
    GiveBack(grant->second, now);
    grants_.erase(grant);
    over.push_back(expiry.slot);
  }
  return over;
}

OldestWaiting AccountBudget::OldestAmong(const Need& need, MonotonicTime now) const {
  OldestWaiting oldest;
  for (const auto& [lane_need, lane] : lanes_) {
    if (ClaimsAny(*lane, need, now)) TakeEarlier(oldest, lane->order.Oldest());
  }
  return oldest;
}

bool AccountBudget::MayOvertake(const Need& need, Priority priority, MonotonicTime now) {
  OldestWaiting oldest = OldestAmong(need, now);
  for (std::size_t level = 0; level <= Level(priority); ++level) {
    if (oldest[level]) return false;
  }
  oldest[Level(priority)] = now;
  if (ageing_.Pick(oldest, now) != priority) return false;
  if (!Affordable(need, now)) return false;
  ageing_.Served(priority, oldest, now);
  return true;
}

Reservation AccountBudget::Reserve(const std::vector<std::string>& operations, KeySlot slot,
                                   NamespaceSlot namespace_, Priority priority, Asker asker,
                                   MonotonicTime now) {
  Need need;
  for (const std::string& operation : operations) ++need[operation];
  const auto grant = grants_.find(slot);
  if (grant != grants_.end() && grant->second.asked == need && grant->second.untouched) {
    return Reservation::kGranted;
  }
  const auto place = parked_.find(slot);
  const bool person_pays = asker == Asker::kPerson && PersonCanPay(need, now);
  if (asker == Asker::kPerson && !person_pays && place != parked_.end()) persons_.insert(slot);
  if (!person_pays && place != parked_.end() && place->second->need == need &&
      place->second->order.PriorityOf(slot) <= priority) {
    return Reservation::kParked;
  }
  Forget(slot, now);
  if (MayOvertake(need, priority, now)) {
    Hold(need, slot, Asker::kDaemon, now);
    return Reservation::kGranted;
  }
  if (person_pays) {
    Hold(need, slot, Asker::kPerson, now);
    return Reservation::kGranted;
  }
  auto& lane = lanes_[need];
  if (!lane) lane = std::make_unique<Lane>(need, nodes_);
  lane->order.Push(slot, namespace_, priority, now);
  parked_[slot] = lane.get();
  if (asker == Asker::kPerson) persons_.insert(slot);
  return Reservation::kParked;
}

OldestWaiting AccountBudget::OldestOutside(const Passed& passed) const {
  OldestWaiting oldest;
  for (const auto& [need, lane] : lanes_) {
    if (!passed.Covers(*lane)) TakeEarlier(oldest, lane->order.Oldest());
  }
  return oldest;
}

AccountBudget::Lane* AccountBudget::NextLane(Priority priority, const Passed& passed) const {
  Lane* next = nullptr;
  const std::size_t level = Level(priority);
  for (const auto& [need, lane] : lanes_) {
    if (lane->order.size(priority) == 0 || passed.Covers(*lane)) continue;
    if (next == nullptr || lane->served[level] < next->served[level]) next = lane.get();
  }
  return next;
}

void AccountBudget::ServePersons(std::vector<KeySlot>& ready, MonotonicTime now) {
  const std::vector<KeySlot> persons(persons_.begin(), persons_.end());
  for (const KeySlot slot : persons) {
    Lane* lane = parked_.at(slot);
    if (!PersonCanPay(lane->need, now)) continue;
    const Need need = lane->need;
    Forget(slot, now);
    Hold(need, slot, Asker::kPerson, now);
    ready.push_back(slot);
  }
}

std::vector<KeySlot> AccountBudget::PopReady(MonotonicTime now) {
  std::vector<KeySlot> ready;
  ServePersons(ready, now);
  Passed passed;
  for (;;) {
    const OldestWaiting oldest = OldestOutside(passed);
    const auto turn = ageing_.Pick(oldest, now);
    if (!turn) break;
    Lane* lane = NextLane(*turn, passed);
    if (!Affordable(lane->need, now)) {
      passed.lanes.push_back(lane);
      for (const auto& [operation, count] : lane->need) {
        if (Claims(*lane, operation, now)) passed.claimed.push_back(operation);
      }
      continue;
    }
    ageing_.Served(*turn, oldest, now);
    const KeySlot slot = lane->order.PopFront(*turn);
    persons_.erase(slot);
    lane->served[Level(*turn)] = ++serial_;
    parked_.erase(slot);
    Hold(lane->need, slot, Asker::kDaemon, now);
    ready.push_back(slot);
  }
  std::erase_if(lanes_, [](const auto& entry) { return entry.second->order.empty(); });
  return ready;
}

std::optional<MonotonicTime> AccountBudget::NextWake(MonotonicTime now) const {
  std::optional<MonotonicTime> wake;
  for (const auto& [need, lane] : lanes_) {
    if (lane->order.empty()) continue;
    MonotonicTime all = now;
    for (const auto& [operation, count] : need) {
      all = std::max(all, TimeOf(operation, count, now));
    }
    TakeEarlier(wake, all);
  }
  for (const KeySlot slot : persons_) {
    MonotonicTime all = now;
    for (const auto& [operation, count] : parked_.at(slot)->need) {
      const auto kept = kept_.find(operation);
      const int rest = count - (kept == kept_.end() ? 0 : kept->second.capacity());
      const auto ours =
          kept == kept_.end() ? now : kept->second.TimeOf(std::min(count, count - rest), now);
      all = std::max({all, ours, rest > 0 ? TimeOf(operation, rest, now) : now});
    }
    TakeEarlier(wake, all);
  }
  // An unused grant that goes back may be what somebody waits for.
  if (wake && !expiries_.empty()) TakeEarlier(wake, std::max(now, expiries_.front().when));
  return wake;
}

std::optional<Duration> AccountBudget::Spend(std::string_view operation, KeySlot slot,
                                             Priority priority, Asker asker, MonotonicTime now) {
  TokenBucket& bucket = BucketOf(operation, now);
  const bool blocked = now < bucket.blocked_until();
  const auto grant = grants_.find(slot);
  if (grant != grants_.end() && !blocked) {
    const auto left = grant->second.left.find(operation);
    if (left != grant->second.left.end()) {
      grant->second.untouched = false;
      const auto kept = grant->second.kept.find(operation);
      const bool from_kept = kept != grant->second.kept.end() && left->second <= kept->second;
      TokenBucket* payer = from_kept ? KeptBucketOf(operation, now) : &bucket;
      if (payer != nullptr) payer->SpendHeld(now);
      if (--left->second == 0) grant->second.left.erase(left);
      if (grant->second.left.empty()) grants_.erase(grant);
      return std::nullopt;
    }
  }
  if (MayOvertake(Need{{std::string(operation), 1}}, priority, now) && bucket.Take(1, now)) {
    return std::nullopt;
  }
  if (asker == Asker::kPerson) {
    TokenBucket* kept = KeptBucketOf(operation, now);
    if (kept != nullptr && kept->Take(1, now)) return std::nullopt;
  }
  // At least one token's time: those who wait come first even when a token is there.
  const Duration one =
      std::chrono::ceil<Duration>(std::chrono::duration<double>(1 / bucket.rate()));
  const Duration wait = bucket.TimeOf(1, now) - now;
  return wait > Duration::zero() ? wait : one;
}

bool AccountBudget::Forget(KeySlot slot, MonotonicTime now) {
  bool had = false;
  const auto grant = grants_.find(slot);
  if (grant != grants_.end()) {
    GiveBack(grant->second, now);
    grants_.erase(grant);
    had = true;
  }
  const auto place = parked_.find(slot);
  if (place != parked_.end()) {
    place->second->order.Remove(slot);
    parked_.erase(place);
    persons_.erase(slot);
    had = true;
  }
  return had;
}

std::size_t AccountBudget::ParkedFor(std::string_view operation) const {
  std::size_t count = 0;
  for (const auto& [need, lane] : lanes_) {
    if (!need.contains(operation)) continue;
    for (std::size_t level = 0; level < kPriorities; ++level) {
      count += lane->order.size(static_cast<Priority>(level));
    }
  }
  return count;
}

}  // namespace instanced
