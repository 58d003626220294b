#include "controller/provider/aws/credentials/credential_cache.h"

#include <algorithm>
#include <utility>

namespace instanced::aws {

CredentialCache::CredentialCache(std::unique_ptr<CredentialFetcher> fetcher, const Clock& clock,
                                 CredentialCacheOptions options)
    : fetcher_(std::move(fetcher)), clock_(clock), options_(options) {}

CredentialCache::Need CredentialCache::CurrentNeed() const {
  if (!current_ || forced_ == Forced::kYes) return Need::kMandatory;
  if (!windows_) return Need::kNone;
  const MonotonicTime now = clock_.Now();
  if (now >= windows_->mandatory_at) return Need::kMandatory;
  if (now < windows_->advisory_at) return Need::kNone;
  const bool tried = advisory_failed_at_ && now < *advisory_failed_at_ + options_.retry_gap;
  return tried ? Need::kNone : Need::kAdvisory;
}

Task<Result<AwsCredentials>> CredentialCache::Get(CallContext context) {
  const Need need = CurrentNeed();
  if (need == Need::kNone) co_return *current_;
  if (refreshing_ && need == Need::kAdvisory) co_return *current_;
  if (refreshing_) {
    Completion<Result<AwsCredentials>> done;
    waiters_.push_back(done);
    auto shared = co_await done;
    // The one who fetched was told to stop; that says nothing about us.
    const bool theirs = !shared && shared.error().error_class == ErrorClass::kCancelled &&
                        !context.stop.StopRequested();
    if (!theirs) co_return shared;
    auto again = Get(std::move(context));
    auto own = co_await again;
    co_return own;
  }
  if (failure_ && clock_.Now() < failure_->until) co_return std::unexpected(failure_->error);
  auto refreshing = Refresh(std::move(context), need);
  auto refreshed = co_await refreshing;
  co_return refreshed;
}

Task<Result<AwsCredentials>> CredentialCache::Refresh(CallContext context, Need need) {
  // A frame that is destroyed half-way must not block its successors.
  struct Flag {
    bool& value;
    explicit Flag(bool& flag) : value(flag) { value = true; }
    ~Flag() { value = false; }
  };
  Result<AwsCredentials> fetched;
  {
    Flag flag(refreshing_);
    auto fetching = fetcher_->Fetch(std::move(context));
    fetched = co_await fetching;
  }
  if (fetched) {
    Keep(*fetched);
  } else if (need == Need::kAdvisory) {
    advisory_failed_at_ = clock_.Now();
    fetched = *current_;
  } else if (fetched.error().error_class != ErrorClass::kCancelled &&
             fetched.error().error_class != ErrorClass::kDeferred) {
    failure_ = Failure{fetched.error(), clock_.Now() + options_.failure_gap};
  }
  for (auto& waiter : std::exchange(waiters_, {})) waiter.Set(fetched);
  co_return fetched;
}

void CredentialCache::Keep(AwsCredentials credentials) {
  windows_.reset();
  if (credentials.expires_at) {
    const MonotonicTime now = clock_.Now();
    const Duration life = *credentials.expires_at - clock_.WallNow();
    // One that is nearly over, or whose end our clock has passed, is still used: asking for it
    // again and again would bring the same one.
    const auto before_end = [&](Duration ahead) {
      return std::max(now + life - ahead, now + options_.retry_gap);
    };
    windows_ = Windows{before_end(std::min(options_.advisory, life / 2)),
                       before_end(std::min(options_.mandatory, life / 4))};
  }
  current_ = std::move(credentials);
  forced_ = Forced::kNo;
  advisory_failed_at_.reset();
  failure_.reset();
}

void CredentialCache::Refuse(const std::string& access_key_id) {
  if (!current_ || current_->access_key_id != access_key_id) return;
  const MonotonicTime now = clock_.Now();
  if (forced_at_ && now < *forced_at_ + options_.retry_gap) return;
  forced_at_ = now;
  forced_ = Forced::kYes;
}

void CredentialCache::Invalidate() {
  forced_ = Forced::kYes;
  forced_at_.reset();
  failure_.reset();
}

}  // namespace instanced::aws
