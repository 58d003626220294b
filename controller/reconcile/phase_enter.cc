#include "controller/reconcile/pass.h"

namespace instanced {

// Whether this replica may work on the object at all. A standby asks nobody anything; a replica of
// some domains must connect first, because only the credential says which domain it is.
Task<bool> Pass::Enter() {
  const auto scope = r_.deps_.fence.scope();
  if (scope == Scope::kNothing) co_return false;
  if (scope == Scope::kSomeDomains) {
    auto connecting = Connect();
    const auto ended = co_await connecting;
    // A connection that fails is shown by whoever holds the domain; nobody knows which that is, so
    // this replica looks again by itself.
    if (!connection_) {
      const auto* hold = ended ? std::get_if<Hold>(&*ended) : nullptr;
      enter_again_ = hold && hold->until ? *hold->until : Now() + r_.options_.backoff_max;
    }
  }
  stay_ = Stay(r_.deps_.fence, connection_ ? &connection_->domain : nullptr);
  const auto tenure = CurrentTenure();
  if (!tenure.Holds()) co_return false;
  if (track_->tenure != tenure.number) {
    // Somebody else may have acted since: what was learned then proves nothing now.
    Track fresh;
    fresh.uid = track_->uid;
    fresh.generation = track_->generation;
    fresh.tenure = tenure.number;
    *track_ = std::move(fresh);
  }
  co_return true;
}

Tenure Pass::CurrentTenure() const {
  return r_.deps_.fence.TenureOf(connection_ ? &connection_->domain : nullptr);
}

std::optional<Decision> Pass::LeaseEnds(Reason shown) const {
  if (CurrentTenure().left > r_.options_.call_deadline) return std::nullopt;
  return Wait{shown, "waiting for the lease to be renewed", Now() + std::chrono::seconds(1)};
}

// The first change at the cloud in a tenure follows a confirmed write: what is cached may be older
// than what an earlier holder recorded, and a write onto an old version is refused.
Task<std::optional<Decision>> Pass::ConfirmRecord() {
  if (CurrentTenure().epoch == 0 || track_->confirmed) co_return std::nullopt;
  auto writing = WriteStatusNow(status_);
  if (auto written = co_await writing; !written) co_return Retry{written.error()};
  co_return std::nullopt;
}

}  // namespace instanced
