// How long it takes to read, check and combine the manifests of a large directory.
#include <string>
#include <vector>

#include <benchmark/benchmark.h>

#include "controller/source/manifest/manifest_set.h"

namespace instanced {
namespace {

std::string Document(int number) {
  const std::string id = std::to_string(number);
  return "apiVersion: instanced.dev/v1alpha1\nkind: ConnectInstance\nmetadata:\n  name: desk-" +
         id + "\n  namespace: team-" + std::to_string(number % 20) +
         "\n  labels: {app: desk}\nspec:\n  deletionPolicy: Retain\n  forProvider:\n"
         "    identityManagementType: CONNECT_MANAGED\n    instanceAlias: desk-" +
         id +
         "\n    inboundCallsEnabled: true\n    outboundCallsEnabled: false\n"
         "    attributes: {CONTACT_LENS: \"true\"}\n    tags: {team: a, cost: \"12\"}\n";
}

void LoadObjects(benchmark::State& state) {
  const auto objects = static_cast<int>(state.range(0));
  const auto per_file = static_cast<int>(state.range(1));
  std::vector<ManifestFile> files;
  for (int i = 0; i < objects; ++i) {
    if (i % per_file == 0) files.push_back({"f" + std::to_string(i) + ".yaml", {}});
    files.back().text += "---\n" + Document(i);
  }
  for (auto _ : state) {
    auto set = LoadManifests(files);
    if (!set.ok() || set.objects.size() != static_cast<std::size_t>(objects)) {
      state.SkipWithError("the manifests were not all taken");
    }
  }
  state.SetItemsProcessed(state.iterations() * objects);
}
BENCHMARK(LoadObjects)->Args({10'000, 1})->Args({10'000, 10'000})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace instanced

BENCHMARK_MAIN();
