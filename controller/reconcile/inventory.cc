#include "controller/reconcile/inventory.h"

#include <algorithm>
#include <utility>

namespace instanced {
std::shared_ptr<const Snapshot> Inventory::SnapshotSince(MonotonicTime begun_after,
                                                         MonotonicTime finished_after) const {
  const bool fits = latest_ && latest_->begun >= begun_after && latest_->finished >= finished_after;
  return fits ? latest_ : nullptr;
}

std::optional<MonotonicTime> Inventory::NextBegin() const {
  if (!latest_) return std::nullopt;
  return latest_->begun + Duration(1);
}

void Inventory::DropOlderThan(MonotonicTime finished_before) {
  if (latest_ && latest_->finished < finished_before) latest_.reset();
}

std::optional<Error> Inventory::FailureSince(MonotonicTime begun_after,
                                             std::string_view credential) const {
  const bool concerns = failed_begun_ >= begun_after && failed_credential_ == credential;
  return concerns ? failure_ : std::nullopt;
}

void Inventory::Need(const ObjectKey& key, MonotonicTime begun_after) {
  auto [it, inserted] = waiting_.try_emplace(key, begun_after);
  if (!inserted) it->second = std::max(it->second, begun_after);
}

void Inventory::Begin(MonotonicTime now) {
  sweeping_ = true;
  current_ = std::make_shared<Snapshot>(now);
}

void Inventory::AddPage(const std::vector<Observation>& entries, const Agrees& agrees) {
  for (const auto& entry : entries) {
    const auto digest = DigestOf(entry);
    const bool agreed = agrees && agrees(entry.external_name, digest);
    current_->Add(entry, digest, agreed ? Snapshot::Kept::kFingerprint : Snapshot::Kept::kWhole);
  }
}

std::vector<ObjectKey> Inventory::Finish(MonotonicTime now) {
  current_->Seal(now);
  latest_ = std::move(current_);
  sweeping_ = false;
  failure_.reset();
  for (const auto& name : std::exchange(unreadable_, {})) marks_.erase(name);
  std::erase_if(marks_, [this](const auto& mark) { return !latest_->Contains(mark.first); });
  return TakeWaiting(latest_->begun);
}

std::vector<ObjectKey> Inventory::Fail(Error error, std::string credential) {
  failed_begun_ = current_->begun;
  failed_credential_ = std::move(credential);
  failure_ = std::move(error);
  current_.reset();
  sweeping_ = false;
  return TakeWaiting(MonotonicTime::max());
}

std::vector<ObjectKey> Inventory::TakeWaiting(MonotonicTime begun) {
  std::vector<ObjectKey> ready;
  std::erase_if(waiting_, [&](const auto& waiter) {
    if (waiter.second > begun) return false;
    ready.push_back(waiter.first);
    return true;
  });
  return ready;
}

void Inventory::LearnMark(const std::string& external_name, ObservedMark mark) {
  marks_.insert_or_assign(external_name, std::move(mark));
}

void Inventory::LearnUnreadable(const std::string& external_name) {
  marks_.insert_or_assign(external_name, ObservedMark{});
  unreadable_.insert(external_name);
}

void Inventory::EnterTenure(std::int64_t number) {
  if (std::exchange(tenure_, number) == number) return;
  marks_.clear();
  unreadable_.clear();
}

const ObservedMark* Inventory::KnownMark(const std::string& external_name) const {
  const auto it = marks_.find(external_name);
  return it == marks_.end() ? nullptr : &it->second;
}

}  // namespace instanced
