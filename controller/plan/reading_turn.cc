#include "controller/plan/reading_turn.h"

#include <utility>
#include <vector>

#include "controller/task/sleep.h"

namespace instanced {
namespace {

// A turn that came is held for seconds: it is not lost between two questions.
constexpr Duration kAskEvery = std::chrono::milliseconds(100);

}  // namespace

// No object's name has a blank.
ReadingTurn::ReadingTurn(Deps deps, const ObjectKey& object, std::string_view reader)
    : deps_(std::move(deps)),
      key_{object.kind, object.namespace_, object.name + " " + std::string(reader)} {}

Task<ReadingTurn::Outcome> ReadingTurn::Await(Domain domain,
                                              std::span<const std::string_view> operations) {
  if (deps_.budget == nullptr) co_return Outcome::kHeld;
  const std::vector<std::string> names(operations.begin(), operations.end());
  for (;;) {
    const auto now = deps_.clock.Now();
    const bool stopped = deps_.stop.StopRequested();
    if (!stopped && deps_.budget->Reserve(domain, names, key_, Priority::kDrift, now) ==
                        Reservation::kGranted) {
      co_return Outcome::kHeld;
    }
    if (stopped || now + kAskEvery >= deps_.give_up_at) {
      deps_.budget->Forget(key_, now);
      co_return Outcome::kNotInTime;
    }
    SleepUntil sleeping(now + kAskEvery, deps_.stop);
    co_await sleeping;
  }
}

void ReadingTurn::Over() {
  if (deps_.budget != nullptr) deps_.budget->Forget(key_, deps_.clock.Now());
}

}  // namespace instanced
