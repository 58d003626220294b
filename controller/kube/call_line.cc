#include "controller/kube/call_line.h"

#include <optional>
#include <string>

#include "controller/task/signal.h"

namespace instanced {
namespace {

std::unexpected<HttpError> NotSent(HttpFailure failure, std::string_view cause) {
  return std::unexpected(
      HttpError{failure, Reach::kNotSent, "cannot send request: " + std::string(cause)});
}

}  // namespace

// Stands in the coroutine that waits, so that it leaves the line however that one ends.
struct CallLine::Waiter {
  explicit Waiter(std::list<Waiter*>& its_line)
      : line(its_line), at(line.insert(line.end(), this)) {}
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  ~Waiter() {
    if (!place) line.erase(at);
  }

  std::list<Waiter*>& line;
  std::list<Waiter*>::iterator at;
  std::optional<Place> place;
  Signal news;
};

Task<std::expected<CallLine::Place, HttpError>> CallLine::Take(CallRank rank,
                                                               MonotonicTime deadline,
                                                               StopToken stop) {
  if (free_ > 0) {
    --free_;
    co_return Place(*this);
  }
  Waiter waiter(lines_[static_cast<std::size_t>(rank)]);
  const auto registration = stop.OnStop([&waiter] { waiter.news.Notify(); });
  while (!waiter.place && !stop.StopRequested() && clock_.Now() < deadline) {
    auto waiting = waiter.news.Wait(deadline);
    co_await waiting;
  }
  // A process that stood still meanwhile must not send what others may by now have taken over.
  if (stop.StopRequested()) co_return NotSent(HttpFailure::kStopped, "asked to stop");
  if (clock_.Now() >= deadline) {
    co_return NotSent(HttpFailure::kDeadline, "deadline passed behind other calls");
  }
  co_return std::move(*waiter.place);
}

void CallLine::Free() {
  for (auto& line : lines_) {
    if (line.empty()) continue;
    Waiter& next = *line.front();
    line.pop_front();
    next.place.emplace(*this);
    next.news.Notify();
    return;
  }
  ++free_;
}

}  // namespace instanced
