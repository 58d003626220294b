#include "controller/lease/watchdog.h"

#include <utility>

namespace instanced {

Watchdog::Watchdog(const LeaseAlarm& alarm, const Clock& clock, Duration interval,
                   std::function<void()> expired)
    : alarm_(alarm),
      clock_(clock),
      interval_(interval),
      expired_(std::move(expired)),
      thread_([this] { Watch(); }) {}

Watchdog::~Watchdog() {
  {
    const Locked lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool Watchdog::Expired() const {
  // The clock first: a thread held up between the two must not hold an old deadline against a new
  // time.
  const auto now = clock_.Now();
  const auto renew_by = alarm_.renew_by.load();
  return renew_by != 0 && now >= MonotonicTime(Duration(renew_by));
}

void Watchdog::Watch() {
  Locked lock(mutex_);
  const auto stopping = [this]() INSTANCED_REQUIRES(mutex_) { return stopping_; };
  while (!lock.WaitFor(wake_, interval_, stopping)) {
    if (!Expired()) continue;
    expired_();
    return;
  }
}

}  // namespace instanced
