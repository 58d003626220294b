#include "controller/budget/poll_interval.h"

#include <algorithm>
#include <cstdint>

#include "api/object/digest.h"

namespace instanced {
namespace {

// A fixed place in [0, span) for a text.
Duration PlaceIn(std::string_view text, Duration span) {
  if (span <= Duration::zero()) return Duration::zero();
  const auto wide =
      static_cast<unsigned __int128>(Fingerprint(text)) * static_cast<std::uint64_t>(span.count());
  return Duration(static_cast<std::int64_t>(wide >> 64));
}

}  // namespace

Duration PollInterval(PollState state, Duration in_state, std::string_view uid,
                      const PollOptions& options) {
  const bool changing = state == PollState::kTransition;
  const Duration first = changing ? options.transition_first : options.stable_first;
  const Duration longest = changing ? options.transition_longest : options.stable_longest;
  const Duration grown = first + std::max(in_state, Duration::zero()) / 10;
  const Duration plain = std::min(grown, std::max(first, longest));
  return plain - plain / 10 + PlaceIn(uid, plain / 5);
}

Duration PollPhase(std::string_view uid, Duration interval) { return PlaceIn(uid, interval); }

}  // namespace instanced
