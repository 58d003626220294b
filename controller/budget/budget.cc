#include "controller/budget/budget.h"

#include <algorithm>
#include <unordered_map>

#include <nlohmann/json.hpp>

#include "controller/budget/account_budget.h"

namespace instanced {

// A key is in the table exactly while one account parks it or holds a grant for it.
struct Budget::Keys {
  KeyTable table;
  FairNodes nodes;
  std::unordered_map<KeySlot, AccountBudget*> account_of;
};

Budget::Budget(BudgetOptions options) : options_(options), keys_(std::make_unique<Keys>()) {}
Budget::~Budget() = default;

AccountBudget& Budget::AccountFor(const Domain& domain) {
  auto& account = accounts_[domain];
  if (!account) {
    account = std::make_unique<AccountBudget>(domain.service, options_, keys_->nodes);
    account->SetFirstFill(first_fill_);
  }
  return *account;
}

void Budget::TakeOver(MonotonicTime now) {
  first_fill_ = FirstFill::kEmpty;
  for (auto& [domain, account] : accounts_) {
    account->SetFirstFill(first_fill_);
    account->Empty(now);
  }
}

void Budget::LeaveOthers(const AccountBudget& account, KeySlot slot, MonotonicTime now) {
  const auto at = keys_->account_of.find(slot);
  if (at != keys_->account_of.end() && at->second != &account) at->second->Forget(slot, now);
}

void Budget::ReleaseUnlessHeld(const AccountBudget& account, KeySlot slot) {
  if (account.Holds(slot)) return;
  keys_->account_of.erase(slot);
  keys_->table.Release(slot);
}

Reservation Budget::Reserve(const Domain& domain, const std::vector<std::string>& operations,
                            const ObjectKey& key, Priority priority, MonotonicTime now) {
  if (operations.empty()) return Reservation::kGranted;
  AccountBudget& account = AccountFor(domain);
  for (const KeySlot over : account.ReturnExpired(now)) ReleaseUnlessHeld(account, over);
  const KeySlot slot = keys_->table.Intern(key);
  LeaveOthers(account, slot, now);
  keys_->account_of[slot] = &account;
  return account.Reserve(operations, slot, keys_->table.NamespaceOf(slot), priority,
                         AskerOf(key, now), now);
}

std::vector<ObjectKey> Budget::PopReady(MonotonicTime now) {
  std::vector<ObjectKey> ready;
  for (auto& [domain, account] : accounts_) {
    for (const KeySlot over : account->ReturnExpired(now)) ReleaseUnlessHeld(*account, over);
    if (account->parked() == 0) continue;
    for (const KeySlot slot : account->PopReady(now)) ready.push_back(keys_->table.KeyOf(slot));
  }
  return ready;
}

std::optional<MonotonicTime> Budget::NextWake(MonotonicTime now) const {
  std::optional<MonotonicTime> wake;
  for (const auto& [domain, account] : accounts_) {
    const auto next = account->NextWake(now);
    if (next && (!wake || *next < *wake)) wake = next;
  }
  return wake;
}

std::optional<Duration> Budget::Spend(const Domain& domain, std::string_view operation,
                                      const ObjectKey& key, Priority priority, MonotonicTime now) {
  AccountBudget& account = AccountFor(domain);
  for (const KeySlot over : account.ReturnExpired(now)) ReleaseUnlessHeld(account, over);
  const KeySlot slot = keys_->table.Find(key);
  const bool held = slot != kNoSlot && account.Holds(slot);
  const auto wait = account.Spend(operation, slot, priority, AskerOf(key, now), now);
  if (held) ReleaseUnlessHeld(account, slot);
  return wait;
}

void Budget::Report(const Domain& domain, std::string_view operation,
                    std::optional<ErrorClass> error_class,
                    std::optional<std::chrono::milliseconds> retry_after, MonotonicTime now) {
  AccountFor(domain).Report(operation, error_class, retry_after, now);
}

void Budget::PersonAsked(const ObjectKey& key, MonotonicTime now) {
  std::erase_if(asked_until_, [&](const auto& entry) { return entry.second <= now; });
  asked_until_[key] = now + options_.person_lasts;
}

Asker Budget::AskerOf(const ObjectKey& key, MonotonicTime now) const {
  if (asked_until_.empty()) return Asker::kDaemon;
  const auto asked = asked_until_.find(key);
  return asked != asked_until_.end() && now < asked->second ? Asker::kPerson : Asker::kDaemon;
}

void Budget::Forget(const ObjectKey& key, MonotonicTime now) {
  const KeySlot slot = keys_->table.Find(key);
  if (slot == kNoSlot) return;
  AccountBudget& account = *keys_->account_of.at(slot);
  account.Forget(slot, now);
  ReleaseUnlessHeld(account, slot);
}

void Budget::SetLimit(const Domain& domain, std::string_view operation, RateLimit limit,
                      MonotonicTime now) {
  AccountFor(domain).SetLimit(operation, limit, now);
}

void Budget::ClearLimit(const Domain& domain, std::string_view operation, MonotonicTime now) {
  AccountFor(domain).ClearLimit(operation, now);
}

std::vector<BudgetLine> Budget::Lines(MonotonicTime now) const {
  std::vector<BudgetLine> lines;
  for (const auto& [domain, account] : accounts_) {
    for (const auto& [operation, bucket] : account->buckets()) {
      lines.push_back({.domain = domain,
                       .operation = operation,
                       .origin = bucket.origin(),
                       .rate = bucket.rate(),
                       .ceiling = bucket.ceiling(),
                       .capacity = bucket.capacity(),
                       .available = bucket.Available(now),
                       .parked = account->ParkedFor(operation),
                       .blocked_for = std::max(Duration::zero(), bucket.blocked_until() - now)});
    }
  }
  return lines;
}

std::size_t Budget::parked() const {
  std::size_t count = 0;
  for (const auto& [domain, account] : accounts_) count += account->parked();
  return count;
}

nlohmann::json Budget::ExportRates(const std::function<bool(const Domain&)>& part) const {
  nlohmann::json rates = nlohmann::json::array();
  for (const auto& [domain, account] : accounts_) {
    if (part && !part(domain)) continue;
    for (const auto& [operation, bucket] : account->buckets()) {
      if (bucket.rate() >= bucket.ceiling()) continue;
      rates.push_back({{"service", domain.service},
                       {"account", domain.account},
                       {"region", domain.region},
                       {"operation", operation},
                       {"perSecond", bucket.rate()}});
    }
  }
  return {{"rates", std::move(rates)}};
}

void Budget::ImportRates(const nlohmann::json& document, MonotonicTime now) {
  if (!document.is_object() || !document.contains("rates")) return;
  for (const auto& entry : document["rates"]) {
    if (!entry.is_object()) continue;
    const auto text = [&](const char* name) {
      const auto found = entry.find(name);
      return found != entry.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    const auto rate = entry.find("perSecond");
    const std::string operation = text("operation");
    if (rate == entry.end() || !rate->is_number() || operation.empty()) continue;
    const Domain domain{text("service"), text("account"), text("region")};
    AccountFor(domain).BucketOf(operation, now).SetRate(rate->get<double>(), now);
  }
}

}  // namespace instanced
