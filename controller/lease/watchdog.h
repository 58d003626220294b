// Watchdog: a thread that ends a process whose leases ran out while its loop could not say so.
//
// It reads one atomic and a clock, nothing else, so that nothing that holds up the loop holds it
// up as well. The deadline it reads lies before the end of the lease.
//
// Threads: its own; start and destroy it from one.
#pragma once

#include <condition_variable>
#include <functional>
#include <thread>

#include "controller/clock/clock.h"
#include "controller/lease/lease_keeper.h"
#include "controller/lock/lock.h"

namespace instanced {

class Watchdog {
 public:
  // `expired` is called once, from the watchdog's thread; a daemon's never returns.
  Watchdog(const LeaseAlarm& alarm, const Clock& clock, Duration interval,
           std::function<void()> expired);
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;
  ~Watchdog();

 private:
  void Watch();
  bool Expired() const;

  const LeaseAlarm& alarm_;
  const Clock& clock_;
  const Duration interval_;
  const std::function<void()> expired_;
  Mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ INSTANCED_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace instanced
