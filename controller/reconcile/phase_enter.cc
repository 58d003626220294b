#include "controller/reconcile/pass.h"

namespace instanced {

// Whether this replica may work on the object at all. A standby asks nobody anything; a replica of
// some domains asks for the object's domain first.
Task<bool> Pass::Enter() {
  const auto scope = r_.deps_.fence.scope();
  if (scope == Scope::kNothing) co_return false;
  if (scope == Scope::kSomeDomains) {
    auto finding = FindDomain();
    co_await finding;
  }
  stay_ = Stay(r_.deps_.fence, domain_ ? &*domain_ : nullptr);
  const auto tenure = CurrentTenure();
  if (!tenure.Holds()) co_return false;
  if (track_->tenure != tenure.number) {
    // Somebody else may have acted since: what was learned then proves nothing now.
    Track fresh;
    fresh.uid_hash = track_->uid_hash;
    fresh.generation = track_->generation;
    fresh.tenure = tenure.number;
    *track_ = std::move(fresh);
  }
  co_return true;
}

// Only the credential says which domain it is. Nothing is concluded from it here: that is for
// whoever turns out to hold the domain. While nobody answers, the last answer counts, so that two
// replicas of which one got an answer do not both see to the object.
Task<void> Pass::FindDomain() {
  const auto& key = object_->meta.key;
  const auto config =
      r_.deps_.cache.FindProviderConfig(key.namespace_, object_->spec.provider_config_ref);
  if (!config) co_return;
  auto connecting = r_.deps_.providers.Connect(Context(), key.kind, config);
  auto connected = co_await connecting;
  auto& known = r_.domains_[{config->meta.uid, key.kind, object_->spec.plugin}];
  const bool told = connected && !std::holds_alternative<AccountUnverified>(connected->identity);
  if (told) known = connected->domain;
  domain_ = known;
  if (told) co_return;
  // Nobody knows whose the object is: each replica asks again by itself, as soon as it may.
  const Duration pause = connected
                             ? AskedAgainIn(std::get<AccountUnverified>(connected->identity))
                             : PauseAfter(connected.error(), r_.options_, r_.deps_.random, *track_);
  enter_again_ = Now() + pause;
}

Tenure Pass::CurrentTenure() const {
  if (domain_) return r_.deps_.fence.TenureOf(&*domain_);
  return r_.deps_.fence.TenureOf(connection_ ? &connection_->domain : nullptr);
}

std::optional<Decision> Pass::LeaseEnds(Reason shown) const {
  if (CurrentTenure().left > r_.options_.call_deadline) return std::nullopt;
  return Wait{shown, "waiting for the lease to be renewed", Now() + std::chrono::seconds(1)};
}

// Nothing is changed at the cloud while it could not be recorded. The first change in a tenure
// follows a confirmed write: what is cached may be older than what an earlier holder recorded, and
// a write onto an old version is refused.
Task<std::optional<Decision>> Pass::ConfirmRecord() {
  if (auto trouble = r_.deps_.ledger.Trouble()) co_return Retry{*std::move(trouble)};
  if (CurrentTenure().epoch == 0 || track_->confirmed) co_return std::nullopt;
  auto writing = WriteStatusNow(status_);
  if (auto written = co_await writing; !written) co_return Retry{written.error()};
  co_return std::nullopt;
}

}  // namespace instanced
