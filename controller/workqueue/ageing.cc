#include "controller/workqueue/ageing.h"

namespace instanced {
namespace {

std::optional<std::size_t> TopOf(const OldestWaiting& oldest) {
  for (std::size_t level = 0; level < kPriorities; ++level) {
    if (oldest[level]) return level;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Priority> Ageing::AgedBelow(std::size_t top, const OldestWaiting& oldest,
                                          MonotonicTime now) const {
  std::optional<std::size_t> aged;
  for (std::size_t level = top + 1; level < kPriorities; ++level) {
    if (!oldest[level] || now - *oldest[level] < options_.ageing) continue;
    if (!aged || *oldest[level] < *oldest[*aged]) aged = level;
  }
  if (!aged) return std::nullopt;
  return static_cast<Priority>(*aged);
}

std::optional<Priority> Ageing::Pick(const OldestWaiting& oldest, MonotonicTime now) const {
  const auto top = TopOf(oldest);
  if (!top) return std::nullopt;
  if (passed_over_ + 1 >= options_.aged_turn) {
    if (const auto aged = AgedBelow(*top, oldest, now)) return aged;
  }
  return static_cast<Priority>(*top);
}

void Ageing::Served(Priority served, const OldestWaiting& oldest, MonotonicTime now) {
  const bool top_served = TopOf(oldest) == Level(served);
  const bool passed = top_served && AgedBelow(Level(served), oldest, now).has_value();
  passed_over_ = passed ? passed_over_ + 1 : 0;
}

}  // namespace instanced
