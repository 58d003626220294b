#include "controller/reconcile/inventory.h"

#include <algorithm>
#include <functional>

#include <nlohmann/json.hpp>

namespace instanced {
namespace {

std::size_t HashOf(std::string_view text) { return std::hash<std::string_view>{}(text); }

// Names that differ in case alone may be one (SameNaturalKey says): they are found together.
std::size_t HashOfName(std::string_view name) {
  std::string folded(name);
  for (char& c : folded) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return HashOf(folded);
}

std::string TakeText(nlohmann::json& json) {
  if (json.is_null()) return {};
  std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  json = nullptr;
  text.shrink_to_fit();
  return text;
}

nlohmann::json FromText(const std::string& text) {
  return text.empty() ? nlohmann::json() : nlohmann::json::parse(text, nullptr, false);
}

}  // namespace

void Snapshot::Add(Observation entry) {
  Entry stored;
  stored.fields = TakeText(entry.fields);
  stored.at_provider = TakeText(entry.at_provider);
  stored.head = std::move(entry);
  entries_.push_back(std::move(stored));
}

void Snapshot::Seal(MonotonicTime now) {
  finished = now;
  const auto name = [](const Entry& entry) -> const std::string& {
    return entry.head.external_name;
  };
  // Of equal names the last one added comes first, and stays.
  std::ranges::reverse(entries_);
  std::ranges::stable_sort(entries_, {}, name);
  const auto repeated = std::ranges::unique(entries_, {}, name);
  entries_.erase(repeated.begin(), repeated.end());
  entries_.shrink_to_fit();
  for (std::uint32_t at = 0; at < entries_.size(); ++at) {
    const Observation& head = entries_[at].head;
    if (!head.natural_key.empty()) by_natural_key_.emplace_back(HashOfName(head.natural_key), at);
    if (!head.mark) {
      unmarked_.push_back(at);
      continue;
    }
    if (!head.mark->owner_value.empty()) by_mark_.emplace_back(HashOf(head.mark->owner_value), at);
    if (!head.mark->suffix.empty()) by_mark_.emplace_back(HashOf(head.mark->suffix), at);
  }
  std::ranges::sort(by_natural_key_);
  std::ranges::sort(by_mark_);
}

const Snapshot::Entry* Snapshot::EntryOf(std::string_view external_name) const {
  const auto at = std::ranges::lower_bound(entries_, external_name, {}, [](const Entry& entry) {
    return std::string_view(entry.head.external_name);
  });
  return at != entries_.end() && at->head.external_name == external_name ? &*at : nullptr;
}

std::optional<Observation> Snapshot::Find(std::string_view external_name) const {
  const auto* entry = EntryOf(external_name);
  if (!entry) return std::nullopt;
  Observation whole = entry->head;
  whole.fields = FromText(entry->fields);
  whole.at_provider = FromText(entry->at_provider);
  return whole;
}

bool Snapshot::Contains(std::string_view external_name) const {
  return EntryOf(external_name) != nullptr;
}

std::vector<const Observation*> Snapshot::Concerning(std::string_view natural_key,
                                                     const Mark& mark) const {
  std::vector<std::uint32_t> places = unmarked_;
  // By hash: what does not belong here is told apart by whoever compares.
  const auto add = [&](const Index& index, std::string_view text, auto hash_of) {
    if (text.empty()) return;
    const auto equal =
        std::ranges::equal_range(index, hash_of(text), {}, &Index::value_type::first);
    for (const auto& found : equal) places.push_back(found.second);
  };
  add(by_natural_key_, natural_key, HashOfName);
  add(by_mark_, mark.owner_value, HashOf);
  add(by_mark_, mark.suffix, HashOf);
  std::ranges::sort(places);
  const auto repeated = std::ranges::unique(places);
  places.erase(repeated.begin(), repeated.end());
  std::vector<const Observation*> concerned;
  concerned.reserve(places.size());
  for (const auto at : places) concerned.push_back(&entries_[at].head);
  return concerned;
}

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

std::optional<Error> Inventory::FailureSince(MonotonicTime begun_after) const {
  return failure_ && failed_begun_ >= begun_after ? failure_ : std::nullopt;
}

void Inventory::Need(const ObjectKey& key, MonotonicTime begun_after) {
  auto [it, inserted] = waiting_.try_emplace(key, begun_after);
  if (!inserted) it->second = std::max(it->second, begun_after);
}

void Inventory::Begin(MonotonicTime now) {
  sweeping_ = true;
  current_ = std::make_shared<Snapshot>(now);
}

void Inventory::AddPage(std::vector<Observation> entries) {
  for (auto& entry : entries) current_->Add(std::move(entry));
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

std::vector<ObjectKey> Inventory::Fail(Error error) {
  failed_begun_ = current_->begun;
  failure_ = std::move(error);
  current_.reset();
  sweeping_ = false;
  return TakeWaiting(failed_begun_);
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
