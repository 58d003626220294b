// What it costs to keep an object packed: an instance at rest, as OutboundBot's.
#include <string>

#include <benchmark/benchmark.h>

#include "api/kinds/packed_instance.h"

namespace instanced {
namespace {

InstanceObject AtRest() {
  const std::string now = "2026-11-22T12:59:39Z";
  InstanceObject object;
  object.meta.key = {Kind::kOutboundBotInstance, "team-0", "bot-4600"};
  object.meta.uid = "3d807d54-2afb-5f8f-a383-ded23ebdf4b0";
  object.meta.resource_version = "61695";
  object.meta.finalizers = {std::string(kFinalizerName)};
  object.meta.creation_timestamp = now;
  object.spec.for_provider =
      R"({"instanceName":"bot-4600","maxConcurrentConversation":1,"nluServiceType":"DialogStudio"})";
  auto& status = object.status;
  status.conditions.Mark({ConditionType::kReady, ConditionStatus::kTrue, Reason::kAvailable,
                          "the cloud reports it usable", 1, ""},
                         now);
  status.conditions.Mark({ConditionType::kSynced, ConditionStatus::kTrue, Reason::kReconcileSuccess,
                          "spec and cloud match, or a change is in progress", 1, ""},
                         now);
  status.external_name = "1cbc4723-421d-453d-9aa4-3a9657a52d25";
  status.claimed_at = now;
  status.bound_domain = "1059803544828509/cn-region-0";
  status.at_provider =
      R"({"creationTime":"2026-11-22T12:59:53Z","creatorId":435986,"creatorName":"creator",)"
      R"("instanceDescription":"[instanced:2713a1766c88b528]",)"
      R"("instanceId":"1cbc4723-421d-453d-9aa4-3a9657a52d25","instanceName":"bot-4600",)"
      R"("maxConcurrentConversation":1,"nluServiceType":"DialogStudio",)"
      R"("owner":"1059803544828509","ownerName":"owner-1059803544828509",)"
      R"("resourceGroupId":"rg-default"})";
  return object;
}

void PackInstance(benchmark::State& state) {
  const auto object = AtRest();
  for (auto _ : state) benchmark::DoNotOptimize(PackedInstance::Of(object));
  state.counters["bytes"] = static_cast<double>(PackedInstance::Of(object).size());
}
BENCHMARK(PackInstance);

void UnpackInstance(benchmark::State& state) {
  const auto packed = PackedInstance::Of(AtRest());
  for (auto _ : state) benchmark::DoNotOptimize(packed.Unpack());
}
BENCHMARK(UnpackInstance);

void ViewInstance(benchmark::State& state) {
  const auto packed = PackedInstance::Of(AtRest());
  for (auto _ : state) benchmark::DoNotOptimize(packed.View());
}
BENCHMARK(ViewInstance);

// What the cache did before it kept objects packed: the next owner of what is there.
void CopyInstance(benchmark::State& state) {
  const auto object = AtRest();
  for (auto _ : state) benchmark::DoNotOptimize(std::make_shared<const InstanceObject>(object));
}
BENCHMARK(CopyInstance);

}  // namespace
}  // namespace instanced
