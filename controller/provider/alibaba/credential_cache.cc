#include "controller/provider/alibaba/credential_cache.h"

#include <utility>

namespace instanced::alibaba {

bool CredentialCache::IsAlive() const {
  return current_ && (!current_->expires_at || clock_.WallNow() < *current_->expires_at);
}

bool CredentialCache::IsFresh() const {
  if (!current_ || is_stale_) return false;
  return !current_->expires_at ||
         clock_.WallNow() + options_.refresh_before < *current_->expires_at;
}

void CredentialCache::Invalidate() {
  if (clock_.Now() - fetched_at_ >= options_.refetch_interval_min) is_stale_ = true;
}

void CredentialCache::Reload() {
  is_stale_ = true;
  failure_.reset();
}

Task<Result<SigningKey>> CredentialCache::Get(CallContext context) {
  while (true) {
    if (IsFresh()) co_return current_->key;
    if (failure_ && clock_.Now() - failed_at_ < options_.failure_pause) {
      if (IsAlive()) co_return current_->key;
      co_return std::unexpected(*failure_);
    }
    if (!flight_.busy()) break;
    auto wait = flight_.Join();
    auto result = co_await wait;
    if (result || !IsPersonal(result.error())) co_return result;
  }
  SingleFlight<Result<SigningKey>>::Landing landing(flight_);
  context.deadline = clock_.Now() + options_.fetch_timeout;
  auto fetch = Fetch(std::move(context));
  auto fetched = co_await fetch;
  auto result = Settle(std::move(fetched));
  landing.Land(result);
  co_return result;
}

Result<SigningKey> CredentialCache::Settle(Result<AccessKey> fetched) {
  if (fetched) {
    current_ = *std::move(fetched);
    is_stale_ = false;
    failure_.reset();
    fetched_at_ = clock_.Now();
    return current_->key;
  }
  if (!IsPersonal(fetched.error())) {
    failure_ = fetched.error();
    failed_at_ = clock_.Now();
  }
  if (IsAlive()) return current_->key;
  return std::unexpected(std::move(fetched.error()));
}

Task<Result<std::vector<CredentialPlan>>> CredentialCache::Plan() {
  const CloudConfig cloud = origin_.config->spec.alibaba.value_or(CloudConfig{});
  if (origin_.secrets != nullptr && std::holds_alternative<FileCredentials>(cloud.credentials)) {
    co_return Fail(ErrorClass::kValidation, "NoFiles",
                   "spec.alibaba.credentials.file needs a folder of manifests; use secretRef, "
                   "podIdentity or environment in a cluster");
  }
  const auto* secret = std::get_if<SecretCredentials>(&cloud.credentials);
  if (secret == nullptr || origin_.secrets == nullptr) {
    co_return PlanCredentials(cloud.credentials, origin_.environment,
                              origin_.config->base_directory);
  }
  auto read = origin_.secrets->ReadSecret(origin_.config->meta.key.namespace_, secret->name);
  auto data = co_await read;
  if (!data) co_return std::unexpected(std::move(data.error()));
  auto plan = PlanFromSecret(*data);
  if (!plan) co_return std::unexpected(std::move(plan.error()));
  co_return std::vector<CredentialPlan>{*std::move(plan)};
}

Task<Result<AccessKey>> CredentialCache::Fetch(CallContext context) {
  auto planning = Plan();
  auto plans = co_await planning;
  if (!plans) co_return std::unexpected(std::move(plans.error()));
  std::optional<Error> first_failure;
  for (const CredentialPlan& plan : *plans) {
    auto fetch = fetcher_.Fetch(context, plan);
    auto key = co_await fetch;
    if (key) co_return key;
    if (!first_failure) first_failure = std::move(key.error());
  }
  co_return std::unexpected(std::move(*first_failure));
}

}  // namespace instanced::alibaba
