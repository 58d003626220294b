#include "controller/workqueue/backoff.h"

#include <algorithm>

namespace instanced {

Duration Backoff::SpanAfter(int failures) const {
  Duration span = options_.first;
  for (int doubled = 1; doubled < failures && span < options_.longest; ++doubled) span *= 2;
  return std::min(span, options_.longest);
}

Duration Backoff::Next(const ObjectKey& key, Random& random) {
  int& failures = failures_[key];
  // Enough doublings to reach any cap; the count stops before it can overflow.
  failures = std::min(failures + 1, 1'000'000);
  return std::max(options_.least, UniformBelow(random, SpanAfter(failures)));
}

int Backoff::FailuresOf(const ObjectKey& key) const {
  const auto found = failures_.find(key);
  return found == failures_.end() ? 0 : found->second;
}

}  // namespace instanced
