#include "controller/reconcile/snapshot.h"

#include <algorithm>
#include <functional>

#include <nlohmann/json.hpp>

namespace instanced {
namespace {

constexpr std::size_t kBlock = 32 * 1024;

std::size_t HashOf(std::string_view text) { return std::hash<std::string_view>{}(text); }

// Names that differ in case alone may be one (SameNaturalKey says): they are found together.
std::size_t HashOfName(std::string_view name) {
  std::string folded(name);
  for (char& c : folded) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return HashOf(folded);
}

std::string TextOf(const nlohmann::json& json) {
  if (json.is_null()) return {};
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

nlohmann::json FromText(std::string_view text) {
  return text.empty() ? nlohmann::json() : nlohmann::json::parse(text, nullptr, false);
}

// The name comes first: it is what entries are sorted and found by.
void PackHead(const Observation& entry, PackWriter& pack) {
  pack.Text(entry.external_name);
  pack.Number(static_cast<std::uint64_t>(entry.lifecycle));
  pack.Number(static_cast<std::uint64_t>(entry.adoptable));
  pack.Text(entry.cloud_state);
  pack.Text(entry.cloud_message);
  pack.Text(entry.natural_key);
  pack.Number(entry.created_at ? 1 : 0);
  if (entry.created_at) pack.Signed(entry.created_at->time_since_epoch().count());
  pack.Number(entry.mark ? 1 : 0);
  if (!entry.mark) return;
  pack.Text(entry.mark->owner_value);
  pack.Text(entry.mark->uid);
  pack.Text(entry.mark->suffix);
}

Observation ReadHead(PackReader& pack) {
  Observation entry;
  entry.external_name = pack.Text();
  entry.lifecycle = static_cast<Lifecycle>(pack.Number());
  entry.adoptable = static_cast<Adoptable>(pack.Number());
  entry.cloud_state = pack.Text();
  entry.cloud_message = pack.Text();
  entry.natural_key = pack.Text();
  if (pack.Number() != 0) entry.created_at = WallTime(WallTime::duration(pack.Signed()));
  if (pack.Number() == 0) return entry;
  entry.mark.emplace();
  entry.mark->owner_value = pack.Text();
  entry.mark->uid = pack.Text();
  entry.mark->suffix = pack.Text();
  return entry;
}

}  // namespace

std::uint64_t DigestOf(const Observation& observation) {
  std::size_t digest = static_cast<std::size_t>(observation.lifecycle) + 1;
  const auto mix = [&](std::size_t part) {
    digest ^= part + 0x9e3779b97f4a7c15 + (digest << 6) + (digest >> 2);
  };
  mix(std::hash<nlohmann::json>{}(observation.fields));
  mix(std::hash<nlohmann::json>{}(observation.at_provider));
  mix(observation.mark.has_value() ? 1 : 0);
  if (observation.mark) {
    mix(HashOf(observation.mark->owner_value));
    mix(HashOf(observation.mark->uid));
    mix(HashOf(observation.mark->suffix));
  }
  return digest == 0 ? 1 : digest;
}

void Snapshot::Add(const Observation& entry, std::uint64_t digest, Kept kept) {
  scratch_.clear();
  PackWriter pack(scratch_);
  PackHead(entry, pack);
  if (kept == Kept::kWhole) {
    pack.Text(TextOf(entry.fields));
    pack.Text(TextOf(entry.at_provider));
  }
  if (blocks_.empty() || blocks_.back().size() + scratch_.size() > kBlock) {
    blocks_.emplace_back().reserve(std::max(kBlock, scratch_.size()));
  }
  entries_.push_back({digest, static_cast<std::uint32_t>(blocks_.size() - 1),
                      static_cast<std::uint32_t>(blocks_.back().size()), kept});
  blocks_.back() += scratch_;
}

void Snapshot::Seal(MonotonicTime now) {
  finished = now;
  scratch_ = std::string();
  if (!blocks_.empty()) blocks_.back().shrink_to_fit();
  const auto name = [this](const Entry& entry) { return ReaderOf(entry).Text(); };
  // Of equal names the last one added comes first, and stays.
  std::ranges::reverse(entries_);
  std::ranges::stable_sort(entries_, {}, name);
  const auto repeated = std::ranges::unique(entries_, {}, name);
  entries_.erase(repeated.begin(), repeated.end());
  entries_.shrink_to_fit();
  for (std::uint32_t at = 0; at < entries_.size(); ++at) {
    auto reader = ReaderOf(entries_[at]);
    const Observation head = ReadHead(reader);
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
  by_natural_key_.shrink_to_fit();
  by_mark_.shrink_to_fit();
}

const Snapshot::Entry* Snapshot::EntryOf(std::string_view external_name) const {
  const auto name = [this](const Entry& entry) { return ReaderOf(entry).Text(); };
  const auto at = std::ranges::lower_bound(entries_, external_name, {}, name);
  return at != entries_.end() && name(*at) == external_name ? &*at : nullptr;
}

std::optional<Snapshot::Shown> Snapshot::Find(std::string_view external_name) const {
  const auto* entry = EntryOf(external_name);
  if (!entry) return std::nullopt;
  auto reader = ReaderOf(*entry);
  Shown shown{ReadHead(reader), entry->digest, entry->kept};
  if (shown.kept == Kept::kFingerprint) return shown;
  shown.observation.fields = FromText(reader.Text());
  shown.observation.at_provider = FromText(reader.Text());
  return shown;
}

std::vector<Observation> Snapshot::Concerning(std::string_view natural_key,
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
  std::vector<Observation> concerned;
  concerned.reserve(places.size());
  for (const auto at : places) {
    auto reader = ReaderOf(entries_[at]);
    concerned.push_back(ReadHead(reader));
  }
  return concerned;
}

}  // namespace instanced
