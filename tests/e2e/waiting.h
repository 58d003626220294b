// Waiting for something another process does: a look now and then until it is so, or too late.
#pragma once

#include <functional>

namespace instanced::e2e {

enum class Waited { kReached, kTooLate };

// Asks `reached` every few milliseconds for at most `seconds`.
Waited WaitUntil(const std::function<bool()>& reached, double seconds);

// Nothing but time; for the cases that assert that something does not happen.
void LetPass(double seconds);

// Seconds since some moment; never jumps back.
double SecondsNow();

}  // namespace instanced::e2e
