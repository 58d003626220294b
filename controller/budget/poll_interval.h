// Adaptive polling: seconds while something changes, minutes while it is stable.
//
// In transition the interval starts at `transition_first` and grows with a tenth of the time the
// transition has lasted, up to `transition_longest`. Stable, it starts at `stable_first` and grows
// the same way up to `stable_longest`. The phase of a key in its interval comes from its uid, so a
// restart with ten thousand objects is no storm and two replicas agree.
//
// Pure; any thread.
#pragma once

#include <string_view>

#include "controller/clock/clock.h"

namespace instanced {

struct PollOptions {
  Duration transition_first = std::chrono::seconds(10);
  Duration transition_longest = std::chrono::minutes(1);
  Duration stable_first = std::chrono::minutes(1);
  Duration stable_longest = std::chrono::minutes(5);
};

enum class PollState { kTransition, kStable };

// How long to wait for the next look, `in_state` after the state began. Within 10 % of the plain
// figure, the deviation fixed by uid.
Duration PollInterval(PollState state, Duration in_state, std::string_view uid,
                      const PollOptions& options);

// Where in [0, interval) the first look after a start falls.
Duration PollPhase(std::string_view uid, Duration interval);

}  // namespace instanced
