// The one retry table: what each error class leads to. The only place that reacts to a class.
#pragma once

#include <string>
#include <variant>

#include "api/error/error.h"
#include "api/object/condition.h"
#include "controller/clock/clock.h"

namespace instanced {

enum class Shown { kReconciling, kStalled };

// When it is tried again.
struct AtBudgetSlot {};  // the budget's next free slot, or the cloud's own hint
struct WithBackoff {};   // exponential with full jitter, 1 s to 5 min, per object
struct AtOnce {};        // up to five times in a row, then with backoff
struct ProbeEvery {      // and at once when the spec, the credential or the quota changes
  Duration interval;
};
using Pace = std::variant<AtBudgetSlot, WithBackoff, AtOnce, ProbeEvery>;

enum class Counts { kAsFailure, kNotAsFailure };  // does the object's own failure count grow

struct Reaction {
  Reason reason;
  Shown shown;
  Pace pace;
  Counts counts;
  std::string_view next;  // what happens next, for the condition's message
};

Reaction ReactionTo(ErrorClass error_class);

// Whether this answer to the first try of a call proves that it changed nothing at the cloud.
bool ProvesNoEffect(const Error& error);

// "connect:CreateInstance refused: ThrottlingException: Rate exceeded; tried again when ...".
std::string MessageFor(const Error& error);

}  // namespace instanced
