// Where a kill -9 of the daemon is aimed: between which two steps of a mutating call.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "tests/e2e/site.h"

namespace instanced::e2e {

enum class Gap {
  kRequestRead,  // the cloud has read the request and done nothing yet
  kEffectDone,   // done, and not answered
  kAnswerSent,   // answered, and the daemon has not read it
  kRecorded,     // the daemon has recorded the answer
  kAnywhere,     // at a random moment
};
inline constexpr int kGapCount = 5;
std::string_view NameOf(Gap gap);

// Waits for the next mutating call and kills the daemon there. What was aimed at is proven by the
// call log (and, for kRecorded, by the state file); nothing when no such call came in time, and
// the daemon then still runs.
std::optional<Gap> KillIn(Site& site, Gap gap, double seconds);

}  // namespace instanced::e2e
