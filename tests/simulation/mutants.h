// Mutants: deliberate bugs between the daemon and its world, to prove that the checks see them.
//
// Each stands at a seam (store, provider, watch, budget, options) where a mistake in the product
// would show the same way. Nothing of the product knows about them.
#pragma once

#include <array>
#include <functional>
#include <string_view>

#include "tests/simulation/sim_world.h"

namespace instanced {

enum class Mutant {
  kNoMutant,
  kIntentNotWritten,      // an intent is acknowledged and never stored
  kTokenDropped,          // the request goes out without its token
  kTokenAnew,             // every try of one attempt carries another token
  kLostMeansNotSent,      // a create whose answer is lost counts as never sent
  kFailedReadMeansGone,   // a read that failed counts as "not found"
  kFirstPageOnly,         // lists end after their first page
  kLostDeleteMeansGone,   // a delete whose answer is lost counts as carried out
  kRateForgotten,         // calls go past the budget
  kWatchLosesEvents,      // one change in four never arrives
  kFinalizerNotWritten,   // the first finalizer is acknowledged and never stored
  kFinalizerLeavesEarly,  // the finalizer of a deleting object goes with its first status write
  kTwoLooksAtOnce,        // two reads in a row count although no window has passed
};
inline constexpr std::array kMutants{
    Mutant::kIntentNotWritten,     Mutant::kTokenDropped,        Mutant::kTokenAnew,
    Mutant::kLostMeansNotSent,     Mutant::kFailedReadMeansGone, Mutant::kFirstPageOnly,
    Mutant::kRateForgotten,        Mutant::kWatchLosesEvents,    Mutant::kFinalizerNotWritten,
    Mutant::kFinalizerLeavesEarly, Mutant::kTwoLooksAtOnce};

std::string_view NameOf(Mutant mutant);

// What Simulate's `prepare` does to get this mutant; each call makes one for one world.
std::function<void(SimWorld&)> Prepare(Mutant mutant);

}  // namespace instanced
