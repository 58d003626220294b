#include "controller/lease/watchdog.h"

#include <atomic>
#include <future>

#include <gtest/gtest.h>

namespace instanced {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A clock other threads may read while the test moves it.
class SharedClock final : public Clock {
 public:
  MonotonicTime Now() const override { return MonotonicTime(Duration(now_.load())); }
  WallTime WallNow() const override { return {}; }
  void Advance(Duration by) { now_ += by.count(); }

 private:
  std::atomic<std::int64_t> now_ = Duration(std::chrono::hours(1)).count();
};

std::int64_t In(const Clock& clock, Duration span) {
  return (clock.Now() + span).time_since_epoch().count();
}

TEST(Watchdog, EndsTheProcessOnceWhenTheRenewDeadlinePassed) {
  SharedClock clock;
  LeaseAlarm alarm;
  alarm.renew_by = In(clock, seconds(10));
  std::promise<void> ended;
  const Watchdog watchdog(alarm, clock, milliseconds(1), [&ended] { ended.set_value(); });
  clock.Advance(seconds(11));
  EXPECT_EQ(ended.get_future().wait_for(seconds(30)), std::future_status::ready);
}

TEST(Watchdog, LeavesAProcessAloneThatHoldsNothingOrRenews) {
  SharedClock clock;
  LeaseAlarm alarm;
  std::atomic<int> ended = 0;
  std::atomic<int> looked = 0;
  {
    struct Counting final : Clock {
      Counting(const Clock& in, std::atomic<int>& n) : inner(in), count(n) {}
      MonotonicTime Now() const override {
        ++count;
        return inner.Now();
      }
      WallTime WallNow() const override { return inner.WallNow(); }
      const Clock& inner;
      std::atomic<int>& count;
    };
    const Counting counting(clock, looked);
    const Watchdog watchdog(alarm, counting, milliseconds(1), [&ended] { ++ended; });
    clock.Advance(seconds(100));
    alarm.renew_by = In(clock, seconds(10));
    while (looked < 5) {
      clock.Advance(seconds(1));
      alarm.renew_by = In(clock, seconds(10));
    }
  }
  EXPECT_EQ(ended, 0);
}

}  // namespace
}  // namespace instanced
