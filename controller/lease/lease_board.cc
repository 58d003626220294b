#include "controller/lease/lease_board.h"

#include <algorithm>
#include <set>
#include <utility>

namespace instanced {
namespace {

// A follower looks again after this much more than the retry time, so that not all look at once.
constexpr int kJitterDivisor = 4;

LeaseRecord Blank(LeaseRole role, std::string name, std::string subject) {
  LeaseRecord record;
  record.name = std::move(name);
  record.role = role;
  record.subject = std::move(subject);
  return record;
}

}  // namespace

std::string SubjectOf(const Domain& domain) {
  return domain.service + "/" + domain.account + "/" + domain.region;
}

LeaseBoard::LeaseBoard(LeaseOptions options) : options_(std::move(options)) {
  ElectorFor(Blank(LeaseRole::kDomain, options_.prefix, "all other work"));
  member_name_ = LeaseNameOf(options_.prefix + "-member", options_.identity);
  if (options_.sharding == Sharding::kOff) return;
  ElectorFor(Blank(LeaseRole::kMember, member_name_, options_.identity));
}

LeaseElector& LeaseBoard::ElectorFor(const LeaseRecord& blank) {
  LeaseRecord clean = Blank(blank.role, blank.name, blank.subject);
  auto [it, added] = entries_.try_emplace(
      blank.name,
      Entry{blank.role, LeaseElector(std::move(clean), options_.identity, options_.timing)});
  return it->second.elector;
}

bool LeaseBoard::Meet(const std::string& subject) {
  if (options_.sharding == Sharding::kOff) return false;
  const auto name = LeaseNameOf(options_.prefix, subject);
  if (entries_.contains(name)) return false;
  ElectorFor(Blank(LeaseRole::kDomain, name, subject));
  looked_ = false;
  return true;
}

void LeaseBoard::Observe(const std::vector<LeaseRecord>& leases, MonotonicTime now) {
  looked_ = true;
  std::set<std::string> present;
  for (const auto& lease : leases) {
    const bool matters = lease.name == options_.prefix || options_.sharding == Sharding::kDomains;
    present.insert(lease.name);
    if (matters) {
      ElectorFor(lease).Observe(lease, now);
    } else if (lease.role == LeaseRole::kDomain) {
      LeaseElector blank(Blank(lease.role, lease.name, ""), options_.identity, options_.timing);
      divided_.try_emplace(lease.name, std::move(blank)).first->second.Observe(lease, now);
    }
  }
  std::erase_if(divided_, [&](const auto& entry) { return !present.contains(entry.first); });
  for (auto it = entries_.begin(); it != entries_.end();) {
    auto& [name, entry] = *it;
    if (present.contains(name)) {
      ++it;
      continue;
    }
    const bool stranger = entry.role == LeaseRole::kMember && name != member_name_;
    entry.elector.Observe(std::nullopt, now);
    it = stranger ? entries_.erase(it) : std::next(it);
  }
}

std::vector<std::string> LeaseBoard::LiveMembers(MonotonicTime now) const {
  std::vector<std::string> members;
  if (!leaving_) members.push_back(options_.identity);
  for (const auto& [name, entry] : entries_) {
    const bool other = entry.role == LeaseRole::kMember && name != member_name_;
    if (other && entry.elector.IsFresh(now)) members.push_back(entry.elector.seen()->holder);
  }
  return members;
}

bool LeaseBoard::OtherKindActs(MonotonicTime now) const {
  const auto held = [now](const LeaseElector& elector) {
    return elector.seen() && !elector.seen()->holder.empty() && elector.IsFresh(now);
  };
  if (options_.sharding == Sharding::kOff) {
    return std::ranges::any_of(divided_, [&](const auto& entry) { return held(entry.second); });
  }
  const auto& all = entries_.at(options_.prefix).elector;
  if (all.IsOurs() || !held(all)) return false;
  const auto members = LiveMembers(now);
  return std::ranges::find(members, all.seen()->holder) == members.end();
}

LeaseWish LeaseBoard::WishFor(const std::string& name, const LeaseElector& elector,
                              const Assignment& assignment, bool busy) const {
  if (name == member_name_) return LeaseWish::kHold;
  const auto assigned = assignment.find(name);
  const bool mine = options_.sharding == Sharding::kOff ||
                    (assigned != assignment.end() && assigned->second == options_.identity);
  if (mine && !leaving_) return LeaseWish::kHold;
  if (!elector.IsOurs()) return LeaseWish::kLeave;
  return busy ? LeaseWish::kYield : LeaseWish::kRelease;
}

std::vector<LeaseWrite> LeaseBoard::Due(MonotonicTime now, WallTime wall,
                                        const std::function<bool(const std::string&)>& busy) {
  std::vector<std::string> domains;
  for (const auto& [name, entry] : entries_) {
    if (entry.role == LeaseRole::kDomain) domains.push_back(name);
  }
  const auto assignment = AssignDomains(std::move(domains), LiveMembers(now));
  const bool kept_out = OtherKindActs(now);
  std::vector<LeaseWrite> writes;
  for (auto& [name, entry] : entries_) {
    const bool other = entry.role == LeaseRole::kMember && name != member_name_;
    if (other) continue;
    if (kept_out && name != member_name_ && !entry.elector.IsOurs()) continue;
    const auto wish = WishFor(name, entry.elector, assignment, busy(name));
    if (auto write = entry.elector.Due(wish, now, wall)) writes.push_back(std::move(*write));
  }
  return writes;
}

void LeaseBoard::Answered(const LeaseWrite& write, const Result<LeaseRecord>& answer,
                          MonotonicTime sent, MonotonicTime now) {
  const auto it = entries_.find(write.record.name);
  if (it != entries_.end()) it->second.elector.Answered(write, answer, sent, now);
}

bool LeaseBoard::NeedsLook() const {
  if (!looked_ || options_.sharding == Sharding::kDomains) return true;
  return std::ranges::any_of(entries_, [](const auto& entry) {
    const auto& elector = entry.second.elector;
    return elector.NeedsLook() || !elector.IsOurs();
  });
}

MonotonicTime LeaseBoard::NextWake(MonotonicTime now, Random& random) const {
  const auto& timing = options_.timing;
  MonotonicTime wake = now + timing.retry + UniformBelow(random, timing.retry / kJitterDivisor);
  for (const auto& [name, entry] : entries_) {
    const bool other = entry.role == LeaseRole::kMember && name != member_name_;
    const auto due = entry.elector.NextDue(now);
    if (!other && due && *due > now) wake = std::min(wake, *due);
  }
  return wake;
}

std::optional<MonotonicTime> LeaseBoard::RenewBy() const {
  std::optional<MonotonicTime> first;
  for (const auto& [name, entry] : entries_) {
    const auto by = entry.elector.RenewBy();
    if (by && (!first || *by < *first)) first = by;
  }
  return first;
}

bool LeaseBoard::HasLost() const {
  return std::ranges::any_of(entries_, [](const auto& entry) {
    return std::holds_alternative<LostLease>(entry.second.elector.state());
  });
}

bool LeaseBoard::HasLeft() const {
  return std::ranges::none_of(entries_, [this](const auto& entry) {
    return entry.first != member_name_ && entry.second.elector.IsOurs();
  });
}

std::string LeaseBoard::LeaseFor(const Domain* domain) const {
  if (domain == nullptr || options_.sharding == Sharding::kOff) return options_.prefix;
  return LeaseNameOf(options_.prefix, SubjectOf(*domain));
}

Tenure LeaseBoard::TenureOf(const std::string& lease, MonotonicTime now) const {
  const auto it = entries_.find(lease);
  if (it == entries_.end()) return {};
  const auto& elector = it->second.elector;
  return {elector.Left(now), elector.epoch(), elector.tenures()};
}

std::vector<std::string> LeaseBoard::Held(MonotonicTime now) const {
  std::vector<std::string> names;
  for (const auto& [name, entry] : entries_) {
    if (entry.role != LeaseRole::kDomain) continue;
    if (entry.elector.Left(now) > Duration::zero()) names.push_back(name);
  }
  return names;
}

std::vector<std::pair<std::string, std::string>> LeaseBoard::HeldByOthers() const {
  std::vector<std::pair<std::string, std::string>> others;
  for (const auto& [name, entry] : entries_) {
    const auto& seen = entry.elector.seen();
    const bool other = entry.role == LeaseRole::kDomain && !entry.elector.IsOurs() && seen;
    if (other && !seen->holder.empty()) others.emplace_back(name, seen->holder);
  }
  return others;
}

std::vector<LeaseRecord> LeaseBoard::Litter(MonotonicTime now) const {
  std::vector<LeaseRecord> litter;
  if (entries_.at(options_.prefix).elector.Left(now) <= Duration::zero()) return litter;
  for (const auto& [name, entry] : entries_) {
    const bool other = entry.role == LeaseRole::kMember && name != member_name_;
    if (other && entry.elector.IsForsaken(now)) litter.push_back(*entry.elector.seen());
  }
  return litter;
}

std::optional<LeaseRecord> LeaseBoard::OwnMember() const {
  const auto it = entries_.find(member_name_);
  return it == entries_.end() ? std::nullopt : it->second.elector.seen();
}

}  // namespace instanced
