#include "controller/budget/churn_ledger.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace instanced {

std::string ChurnAccount(const Domain& domain) {
  return domain.service + "/" + domain.account + "/" + domain.region;
}

int ChurnLedger::Threshold(ChurnPurpose purpose) const {
  if (purpose == ChurnPurpose::kDelete) return options_.limit;
  return static_cast<int>(options_.limit * options_.refuse_at);
}

int ChurnLedger::Used(const Account& account, WallTime now) const {
  return static_cast<int>(std::ranges::count_if(
      account.entries, [&](const auto& entry) { return entry.second + options_.window > now; }));
}

std::optional<WallTime> ChurnLedger::ExhaustedUntil(const Account& account, WallTime now) const {
  if (!account.exhausted) return std::nullopt;
  WallTime oldest = account.exhausted->since;
  for (const auto& [identity, at] : account.entries) {
    if (at + options_.window > account.exhausted->since) oldest = std::min(oldest, at);
  }
  const WallTime until = oldest + options_.window;
  if (until <= now) return std::nullopt;
  return until;
}

WallTime ChurnLedger::FreeAt(const Account& account, int allowed, WallTime now) const {
  std::vector<WallTime> live;
  for (const auto& [identity, at] : account.entries) {
    if (at + options_.window > now) live.push_back(at);
  }
  std::ranges::sort(live);
  const auto excess = static_cast<int>(live.size()) - allowed;
  if (excess < 0 || live.empty()) return now;
  return live[static_cast<std::size_t>(std::min<int>(excess, static_cast<int>(live.size()) - 1))] +
         options_.window;
}

ChurnAnswer ChurnLedger::Ask(const Domain& domain, const std::string& identity,
                             ChurnPurpose purpose, WallTime now) const {
  const auto found = accounts_.find(ChurnAccount(domain));
  static const Account kNothing;
  const Account& account = found == accounts_.end() ? kNothing : found->second;
  if (const auto until = ExhaustedUntil(account, now)) {
    const WallTime probe = account.exhausted->last_probe + options_.probe_every;
    return ChurnRefused{std::min(*until, std::max(now, probe))};
  }
  const int used = Used(account, now);
  const auto level = used + 1 >= options_.limit * options_.warn_at ? ChurnAllowed::Level::kWarning
                                                                   : ChurnAllowed::Level::kPlenty;
  const auto entry = account.entries.find(identity);
  if (entry != account.entries.end() && entry->second + options_.window > now) {
    return ChurnAllowed{std::max(0, options_.limit - used), level};
  }
  const int threshold = Threshold(purpose);
  if (used >= threshold) return ChurnRefused{FreeAt(account, threshold, now)};
  return ChurnAllowed{options_.limit - used - 1, level};
}

ChurnEntry ChurnLedger::Record(const Domain& domain, const std::string& identity, WallTime now) {
  Account& account = accounts_[ChurnAccount(domain)];
  std::erase_if(account.entries,
                [&](const auto& entry) { return entry.second + options_.window <= now; });
  const auto at = account.entries.try_emplace(identity, now).first->second;
  return ChurnEntry{ChurnAccount(domain), identity, at};
}

void ChurnLedger::Withdraw(const Domain& domain, const std::string& identity) {
  const auto account = accounts_.find(ChurnAccount(domain));
  if (account != accounts_.end()) account->second.entries.erase(identity);
}

void ChurnLedger::MarkExhausted(const Domain& domain, WallTime now) {
  Account& account = accounts_[ChurnAccount(domain)];
  const WallTime since = ExhaustedUntil(account, now) ? account.exhausted->since : now;
  account.exhausted = Exhausted{since, now};
}

bool ChurnLedger::ProbeDue(const Domain& domain, WallTime now) const {
  const auto account = accounts_.find(ChurnAccount(domain));
  if (account == accounts_.end() || !ExhaustedUntil(account->second, now)) return false;
  return account->second.exhausted->last_probe + options_.probe_every <= now;
}

void ChurnLedger::BeginProbe(const Domain& domain, WallTime now) {
  auto& exhausted = accounts_[ChurnAccount(domain)].exhausted;
  if (exhausted) exhausted->last_probe = now;
}

void ChurnLedger::MarkAccepted(const Domain& domain) {
  const auto account = accounts_.find(ChurnAccount(domain));
  if (account != accounts_.end()) account->second.exhausted.reset();
}

int ChurnLedger::RemainingIn(const Account& account, WallTime now) const {
  if (ExhaustedUntil(account, now)) return 0;
  return std::max(0, Threshold(ChurnPurpose::kCreate) - Used(account, now));
}

int ChurnLedger::Remaining(const Domain& domain, WallTime now) const {
  const auto account = accounts_.find(ChurnAccount(domain));
  if (account == accounts_.end()) return Threshold(ChurnPurpose::kCreate);
  return RemainingIn(account->second, now);
}

std::vector<std::pair<std::string, int>> ChurnLedger::RemainingByAccount(WallTime now) const {
  std::vector<std::pair<std::string, int>> all;
  for (const auto& [name, account] : accounts_) all.emplace_back(name, RemainingIn(account, now));
  return all;
}

void ChurnLedger::Load(const std::vector<ChurnEntry>& entries) {
  for (const ChurnEntry& entry : entries) {
    accounts_[entry.account].entries.try_emplace(entry.identity, entry.at);
  }
}

nlohmann::json ChurnLedger::ExportMarks(const std::function<bool(const std::string&)>& part) const {
  nlohmann::json marks = nlohmann::json::object();
  for (const auto& [name, account] : accounts_) {
    if (!account.exhausted || (part && !part(name))) continue;
    marks[name] = {{"since", account.exhausted->since.time_since_epoch().count()},
                   {"lastProbe", account.exhausted->last_probe.time_since_epoch().count()}};
  }
  return {{"exhausted", std::move(marks)}};
}

void ChurnLedger::ImportMarks(const nlohmann::json& document) {
  if (!document.is_object() || !document.contains("exhausted")) return;
  if (!document["exhausted"].is_object()) return;
  for (const auto& [name, mark] : document["exhausted"].items()) {
    if (!mark.is_object()) continue;
    const auto time = [&](const char* member) -> std::optional<WallTime> {
      const auto found = mark.find(member);
      if (found == mark.end() || !found->is_number_integer()) return std::nullopt;
      return WallTime(std::chrono::milliseconds(found->get<std::int64_t>()));
    };
    const auto since = time("since");
    const auto last_probe = time("lastProbe");
    if (since && last_probe) accounts_[name].exhausted = Exhausted{*since, *last_probe};
  }
}

}  // namespace instanced
