// Snapshot: what one complete list of a domain showed. Pure.
//
// Lists may be long and passes ask one after the other, so that what concerns an object is found
// without walking the list, and entries are packed. Of what agreed with its object when the list
// was read, and is the same again, only the fingerprint is kept.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/object/pack.h"
#include "controller/clock/clock.h"
#include "controller/provider/provider.h"

namespace instanced {

// Of everything that is compared with what is declared or shown of it. Never 0, which stands for
// none.
std::uint64_t DigestOf(const Observation& observation);

class Snapshot {
 public:
  enum class Kept { kWhole, kFingerprint };
  struct Shown {
    Observation observation;  // kFingerprint: without `fields` and `at_provider`
    std::uint64_t digest = 0;
    Kept kept = Kept::kWhole;
  };

  explicit Snapshot(MonotonicTime begun_at) : begun(begun_at) {}

  // Until Seal; of two entries with one name the later holds. `digest` is the entry's own.
  void Add(const Observation& entry, std::uint64_t digest, Kept kept);
  void Seal(MonotonicTime now);

  // What the list said of this instance; nothing when it is not in it.
  std::optional<Shown> Find(std::string_view external_name) const;
  bool Contains(std::string_view external_name) const { return EntryOf(external_name) != nullptr; }
  std::size_t size() const { return entries_.size(); }
  // Every entry that has this natural key, in whatever case, or this mark, or of which the list did
  // not say whose it is; by name. Without `fields` and `at_provider`.
  std::vector<Observation> Concerning(std::string_view natural_key, const Mark& mark) const;

  MonotonicTime begun;
  MonotonicTime finished;

 private:
  struct Entry {
    std::uint64_t digest = 0;
    std::uint32_t block = 0;
    std::uint32_t at = 0;  // in the block
    Kept kept = Kept::kWhole;
  };
  using Index = std::vector<std::pair<std::size_t, std::uint32_t>>;  // hash, place in entries_
  const Entry* EntryOf(std::string_view external_name) const;
  PackReader ReaderOf(const Entry& entry) const {
    return PackReader(std::string_view(blocks_[entry.block]).substr(entry.at));
  }

  // Filled one after the other: a long list is never copied, nor twice as large while it grows.
  std::vector<std::string> blocks_;
  std::string scratch_;         // one entry
  std::vector<Entry> entries_;  // sorted by name once sealed
  Index by_natural_key_;
  Index by_mark_;
  std::vector<std::uint32_t> unmarked_;
};

}  // namespace instanced
