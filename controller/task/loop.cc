#include "controller/task/loop.h"

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <list>
#include <map>
#include <utility>
#include <vector>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "controller/task/loop_asio.h"

namespace instanced {

namespace asio = boost::asio;

struct Loop::Impl {
  enum class Lane { kOrdinary, kUrgent };
  struct Timer {
    TimerId id;
    std::coroutine_handle<> handle;
    Lane lane;
  };
  class UrgentLane final : public Executor {
   public:
    explicit UrgentLane(Impl& impl) : impl_(impl) {}
    void Post(std::coroutine_handle<> handle) override { impl_.urgent.push_back(handle); }
    TimerId PostAt(MonotonicTime when, std::coroutine_handle<> handle) override {
      return impl_.Set(when, handle, Lane::kUrgent);
    }
    bool Cancel(TimerId timer) override { return impl_.Cancel(timer); }
    MonotonicTime Now() const override { return impl_.clock.Now(); }
    // Only handles that were there before: one that posts itself again lets others in between.
    void RunReady() {
      turn_.swap(impl_.urgent);
      for (const auto handle : turn_) {
        BeginResume();
        handle.resume();
      }
      turn_.clear();
    }

   private:
    Impl& impl_;
    std::vector<std::coroutine_handle<>> turn_;
  };
  using Timers = std::multimap<MonotonicTime, Timer>;
  struct Signal {
    Signal(asio::io_context& io, int number, std::function<void()> then)
        : set(io, number), action(std::move(then)) {}
    asio::signal_set set;
    std::function<void()> action;
  };

  explicit Impl(const Clock& system_clock)
      : clock(system_clock), io(1), guard(io.get_executor()), alarm(io) {}

  TimerId Set(MonotonicTime when, std::coroutine_handle<> handle, Lane lane);
  bool Cancel(TimerId timer);
  void Arm();
  void FireDue();
  void Watch(Signal& signal);

  const Clock& clock;
  asio::io_context io;
  asio::executor_work_guard<asio::io_context::executor_type> guard;
  asio::steady_timer alarm;
  std::optional<MonotonicTime> armed_for;
  std::vector<std::coroutine_handle<>> ready;
  std::vector<std::coroutine_handle<>> urgent;
  UrgentLane urgent_lane{*this};
  Timers timers;
  std::map<TimerId, Timers::iterator> timers_by_id;
  std::uint64_t last_timer = 0;
  std::list<Signal> signals;
  std::atomic<bool> stop_requested = false;
};

// One alarm serves all timers; it is moved only when an earlier timer arrives or it has rung.
void Loop::Impl::Arm() {
  if (timers.empty()) return;
  const MonotonicTime first = timers.begin()->first;
  if (armed_for && *armed_for <= first) return;
  armed_for = first;
  alarm.expires_after(std::max(first - clock.Now(), Duration::zero()));
  alarm.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    armed_for.reset();
    FireDue();
    Arm();
  });
}

void Loop::Impl::FireDue() {
  const MonotonicTime now = clock.Now();
  while (!timers.empty() && timers.begin()->first <= now) {
    const Timer timer = timers.begin()->second;
    timers.erase(timers.begin());
    timers_by_id.erase(timer.id);
    (timer.lane == Lane::kUrgent ? urgent : ready).push_back(timer.handle);
  }
}

void Loop::Impl::Watch(Signal& signal) {
  signal.set.async_wait([this, &signal](const boost::system::error_code& error, int) {
    if (error) return;
    Watch(signal);
    signal.action();
  });
}

Loop::Loop(const Clock& clock) : impl_(std::make_unique<Impl>(clock)) {}

Loop::~Loop() = default;

void Loop::Post(std::coroutine_handle<> ready) { impl_->ready.push_back(ready); }

TimerId Loop::Impl::Set(MonotonicTime when, std::coroutine_handle<> handle, Lane lane) {
  const TimerId id{++last_timer};
  timers_by_id[id] = timers.emplace(when, Timer{id, handle, lane});
  Arm();
  return id;
}

bool Loop::Impl::Cancel(TimerId timer) {
  const auto found = timers_by_id.find(timer);
  if (found == timers_by_id.end()) return false;
  timers.erase(found->second);
  timers_by_id.erase(found);
  return true;
}

TimerId Loop::PostAt(MonotonicTime when, std::coroutine_handle<> ready) {
  return impl_->Set(when, ready, Impl::Lane::kOrdinary);
}

bool Loop::Cancel(TimerId timer) { return impl_->Cancel(timer); }

Executor& Loop::urgent() { return impl_->urgent_lane; }

MonotonicTime Loop::Now() const { return impl_->clock.Now(); }

void Loop::Run() {
  RunUntil([] { return false; });
}

void Loop::RunUntil(const std::function<bool()>& done) {
  std::vector<std::coroutine_handle<>> turn;
  while (!impl_->stop_requested.exchange(false) && !done()) {
    if (impl_->ready.empty() && impl_->urgent.empty()) {
      impl_->io.run_one();
      continue;
    }
    impl_->urgent_lane.RunReady();
    turn.swap(impl_->ready);
    for (const auto handle : turn) {
      if (!impl_->urgent.empty()) impl_->urgent_lane.RunReady();
      BeginResume();
      handle.resume();
    }
    turn.clear();
    impl_->io.poll();
  }
}

void Loop::Stop() {
  impl_->stop_requested = true;
  asio::post(impl_->io, [] {});
}

void Loop::PostFromAnyThread(std::function<void()> work) { asio::post(impl_->io, std::move(work)); }

void Loop::OnSignal(int signal, std::function<void()> action) {
  impl_->Watch(impl_->signals.emplace_back(impl_->io, signal, std::move(action)));
}

struct LoopAccess {
  static asio::io_context& Io(Loop& loop) { return loop.impl_->io; }
};

asio::io_context& IoContextOf(Loop& loop) { return LoopAccess::Io(loop); }

}  // namespace instanced
