// The work queue with 100,000 keys: one add-get-done cycle, one poll cycle, and bytes per key.
#include <malloc.h>

#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "controller/workqueue/work_queue.h"

namespace instanced {
namespace {

constexpr MonotonicTime kStart{std::chrono::hours(1)};

std::vector<ObjectKey> MakeKeys(int count) {
  std::vector<ObjectKey> keys;
  keys.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) {
    keys.push_back(
        {Kind::kConnectInstance, "team-" + std::to_string(i % 100), "desk-" + std::to_string(i)});
  }
  return keys;
}

// Every key is scheduled; in an order without locality each is added, got and done, and scheduled
// keys around it stay.
void AddGetDone(benchmark::State& state) {
  const auto keys = MakeKeys(static_cast<int>(state.range(0)));
  WorkQueue queue;
  for (std::size_t i = 0; i < keys.size(); i += 2) {
    queue.AddAfter(keys[i], Priority::kDrift, std::chrono::hours(1 + i % 7), kStart);
  }
  std::size_t at = 0;
  for (auto _ : state) {
    at = (at + 77'773) % keys.size();
    queue.Add(keys[at], Priority::kUrgent, kStart);
    const auto item = queue.Get(kStart);
    queue.Done(item->key, kStart);
  }
}
BENCHMARK(AddGetDone)->Arg(1'000)->Arg(100'000);

// The life of a polled key: due, got, done, scheduled again.
void PollCycle(benchmark::State& state) {
  const auto keys = MakeKeys(static_cast<int>(state.range(0)));
  WorkQueue queue;
  const Duration interval = std::chrono::microseconds(10) * state.range(0);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    queue.AddAfter(keys[i], Priority::kDrift, std::chrono::microseconds(10) * (i + 1), kStart);
  }
  MonotonicTime now = kStart;
  for (auto _ : state) {
    now += std::chrono::microseconds(10);
    const auto item = queue.Get(now);
    queue.AddAfter(item->key, Priority::kDrift, interval, now);
    queue.Done(item->key, now);
  }
}
BENCHMARK(PollCycle)->Arg(100'000);

void ScheduledKeyMemory(benchmark::State& state) {
  const auto keys = MakeKeys(static_cast<int>(state.range(0)));
  double bytes = 0;
  for (auto _ : state) {
    const auto before = mallinfo2();
    WorkQueue queue;
    for (std::size_t i = 0; i < keys.size(); ++i) {
      queue.AddAfter(keys[i], Priority::kDrift, std::chrono::seconds(1 + i % 300), kStart);
    }
    const auto after = mallinfo2();
    bytes = static_cast<double>(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) /
            static_cast<double>(keys.size());
  }
  state.counters["bytes_per_key"] = bytes;
}
BENCHMARK(ScheduledKeyMemory)->Arg(10'000)->Arg(100'000)->Iterations(3);

}  // namespace
}  // namespace instanced
