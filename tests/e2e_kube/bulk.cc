#include "tests/e2e_kube/bulk.h"

#include <gtest/gtest.h>

#include "api/kinds/kind_traits.h"
#include "controller/http/beast_http_client.h"
#include "controller/kube/kube_client.h"
#include "controller/task/task_group.h"

namespace instanced::e2e {
namespace {

constexpr int kAtATime = 16;

struct Batch {
  KubeClient& client;
  const std::vector<Json>& manifests;
  std::size_t next = 0;
  std::string failure = {};
};

Task<void> CreateSome(Batch* batch) {
  while (batch->next < batch->manifests.size() && batch->failure.empty()) {
    const Json& manifest = batch->manifests[batch->next++];
    const auto kind = ParseKind(manifest.at("kind").get<std::string>());
    const auto where = ResourceOf(*kind, manifest["metadata"].at("namespace"));
    auto creating = batch->client.Create(where, manifest.dump(), {});
    const auto created = co_await creating;
    if (!created) batch->failure = created.error().message;
  }
}

}  // namespace

void CreateMany(const std::filesystem::path& kubeconfig, const std::vector<Json>& manifests) {
  SystemClock clock;
  Loop loop(clock);
  const auto text = ReadSmallFile(kubeconfig);
  ASSERT_TRUE(text) << text.error().message;
  auto config = ReadKubeconfig({{*text, kubeconfig.parent_path()}}, "", ReadSmallFile);
  ASSERT_TRUE(config) << config.error().message;
  HttpClientOptions options;
  options.tls = config->tls;
  auto http = BeastHttpClient::Create(loop, options);
  ASSERT_TRUE(http) << http.error().message;
  KubeClient client(**http, **http, clock, *config, ReadSmallFile, {}, nullptr);
  Batch batch{client, manifests};
  TaskGroup writers(loop);
  for (int i = 0; i < kAtATime; ++i) writers.Spawn(CreateSome(&batch));
  loop.RunUntil([&] { return writers.size() == 0; });
  EXPECT_EQ(batch.failure, "");
}

}  // namespace instanced::e2e
