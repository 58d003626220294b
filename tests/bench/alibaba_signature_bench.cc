// Both signatures of Alibaba Cloud's RPC style for one describe call.
#include <benchmark/benchmark.h>

#include "controller/provider/alibaba/rpc_signature.h"

namespace instanced::alibaba {
namespace {

const WallTime kNow{std::chrono::seconds(1'767'000'000)};
const SigningKey kKey{"LTAI5tExampleKeyId", "example-secret-of-thirty-bytes", ""};

void SignatureV1OfDescribe(benchmark::State& state) {
  const RpcParameters parameters{{"Action", "DescribeInstance"},
                                 {"Version", "2019-12-26"},
                                 {"RegionId", "cn-shanghai"},
                                 {"InstanceId", "8fa1953f-4a90-46ef-b85e-cf9f05ad8d46"}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        SignV1("GET", parameters, kKey, kNow, "3156853299f313e23d1673dc12e1703d"));
  }
}
BENCHMARK(SignatureV1OfDescribe);

void SignatureV3OfDescribe(benchmark::State& state) {
  const V3Call call{"POST",
                    "outboundbot.cn-shanghai.aliyuncs.com",
                    "DescribeInstance",
                    "2019-12-26",
                    {{"InstanceId", "8fa1953f-4a90-46ef-b85e-cf9f05ad8d46"}}};
  for (auto _ : state) {
    benchmark::DoNotOptimize(SignV3(call, kKey, kNow, "3156853299f313e23d1673dc12e1703d"));
  }
}
BENCHMARK(SignatureV3OfDescribe);

}  // namespace
}  // namespace instanced::alibaba
