// CPU per GET on loopback with keep-alive and 32 in flight, through the daemon's own client.
//
// The server runs on threads of its own; only the loop thread's CPU is counted (Google Benchmark's
// CPU column measures the main thread).
#include <benchmark/benchmark.h>

#include <chrono>
#include <memory>

#include "controller/http/beast_http_client.h"
#include "controller/task/loop.h"
#include "controller/task/task_group.h"
#include "tests/controller/http/raw_server.h"

namespace instanced {
namespace {

constexpr int kInFlight = 32;
constexpr int kCallsEach = 100;

Task<void> GetMany(BeastHttpClient* client, HttpOrigin origin, MonotonicTime deadline,
                   int* failures) {
  for (int i = 0; i < kCallsEach; ++i) {
    HttpRequest request{HttpMethod::kGet, origin, "/instance/1", {{"Accept", "*/*"}}, ""};
    auto sending = client->Send(std::move(request), deadline, {});
    const auto outcome = co_await sending;
    if (!outcome) ++*failures;
  }
}

void BM_GetOnLoopback(benchmark::State& state) {
  RawServer server([](RawConnection& connection) {
    const std::string answer = PlainAnswer(std::string(512, 'x'));
    while (!connection.ReadHead().empty()) connection.Write(answer);
  });
  const SystemClock clock;
  Loop loop(clock);
  auto client = BeastHttpClient::Create(loop, {});
  int failures = 0;
  for (auto _ : state) {
    TaskGroup group(loop);
    for (int i = 0; i < kInFlight; ++i)
      group.Spawn(
          GetMany(client->get(), server.origin(), loop.Now() + std::chrono::minutes(1), &failures));
    loop.RunUntil([&] { return group.size() == 0; });
  }
  if (failures > 0) state.SkipWithError("a call failed");
  state.counters["cpu_per_get"] =
      benchmark::Counter(kInFlight * kCallsEach, benchmark::Counter::kIsIterationInvariantRate |
                                                     benchmark::Counter::kInvert);
  state.counters["connections"] = server.connections();
}
BENCHMARK(BM_GetOnLoopback)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace instanced
