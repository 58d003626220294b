// decide(): the no-change answer of every poll, a create and a drift repair.
#include <benchmark/benchmark.h>
#include <nlohmann/json.hpp>

#include "api/kinds/kind_traits.h"
#include "controller/reconcile/decide.h"

namespace instanced {
namespace {

constexpr MonotonicTime kNow{std::chrono::hours(1)};

InstanceObject Desk() {
  InstanceObject object;
  object.meta.key = {Kind::kConnectInstance, "team-1", "front-desk"};
  object.meta.uid = "0d3f6f1c-9b0f-5a57-8f0e-3d2f1c0b9a88";
  object.meta.finalizers = {std::string(kFinalizerName)};
  object.spec.for_provider =
      R"({"identityManagementType":"CONNECT_MANAGED","instanceAlias":"front-desk",)"
      R"("inboundCallsEnabled":true,"outboundCallsEnabled":true})";
  return object;
}

InstanceObject BoundDesk() {
  auto object = Desk();
  object.status.external_name = "b7a4b0de-0d7e-4e0c-a6f5-2b9b1d3c4e5f";
  object.status.bound_domain = "123456789012/eu-west-1";
  return object;
}

Circumstances Calm() {
  Circumstances circumstances;
  circumstances.bound_domain = "123456789012/eu-west-1";
  return circumstances;
}

Present ReadyDesk() {
  Present present;
  present.observation.external_name = "b7a4b0de-0d7e-4e0c-a6f5-2b9b1d3c4e5f";
  present.observation.lifecycle = Lifecycle::kReady;
  present.match = MarkMatch::kOurs;
  return present;
}

template <class Expected>
void Run(benchmark::State& state, const InstanceObject& object, const Observed& observed) {
  const auto circumstances = Calm();
  if (!std::holds_alternative<Expected>(Decide(object, observed, circumstances, kNow))) {
    state.SkipWithError("another decision than meant");
    return;
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(Decide(object, observed, circumstances, kNow));
  }
}

void DecideNoChange(benchmark::State& state) { Run<Done>(state, BoundDesk(), ReadyDesk()); }
BENCHMARK(DecideNoChange);

void DecideCreate(benchmark::State& state) { Run<Create>(state, Desk(), LookedUp{}); }
BENCHMARK(DecideCreate);

void DecideUpdate(benchmark::State& state) {
  auto present = ReadyDesk();
  present.diffs = {
      {"inboundCallsEnabled", "", true, false, Mutability::kMutable, "UpdateInstanceAttribute"}};
  Run<Update>(state, BoundDesk(), present);
}
BENCHMARK(DecideUpdate);

}  // namespace
}  // namespace instanced
