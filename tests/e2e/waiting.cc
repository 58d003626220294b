#include "tests/e2e/waiting.h"

#include <poll.h>

#include <chrono>

namespace instanced::e2e {
namespace {

constexpr int kLookEveryMs = 15;

}  // namespace

double SecondsNow() {
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  return std::chrono::duration<double>(now).count();
}

Waited WaitUntil(const std::function<bool()>& reached, double seconds) {
  const double end = SecondsNow() + seconds;
  while (!reached()) {
    if (SecondsNow() > end) return Waited::kTooLate;
    poll(nullptr, 0, kLookEveryMs);
  }
  return Waited::kReached;
}

void LetPass(double seconds) {
  const double end = SecondsNow() + seconds;
  while (SecondsNow() < end) poll(nullptr, 0, kLookEveryMs);
}

}  // namespace instanced::e2e
