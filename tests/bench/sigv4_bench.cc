// What one SigV4 signature costs: the observe call of a pass, and a create with its body.
#include <benchmark/benchmark.h>

#include "controller/provider/aws/aws_time.h"
#include "controller/provider/aws/sigv4.h"

namespace instanced::aws {
namespace {

const AwsCredentials& Keys() {
  static const AwsCredentials keys{.access_key_id = "AKIDEXAMPLE",
                                   .secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
                                   .session_token = std::string(800, 't'),
                                   .expires_at = {}};
  return keys;
}

HttpRequest Describe() {
  return {.method = HttpMethod::kGet,
          .origin = {Scheme::kHttps, "connect.us-east-1.amazonaws.com", 443},
          .target = "/instance/11111111-2222-3333-4444-555555555555",
          .headers = {{"Accept", "application/json"}},
          .body = {}};
}

HttpRequest Create() {
  HttpRequest request = Describe();
  request.method = HttpMethod::kPut;
  request.target = "/instance";
  request.headers.emplace_back("Content-Type", "application/json");
  request.body = std::string(600, 'x');
  return request;
}

void SignWith(benchmark::State& state, HttpRequest (*make)()) {
  SigV4Signer signer({"us-east-1", "connect"});
  const auto now = *ParseIso8601("2026-01-15T12:00:00Z");
  for (auto _ : state) {
    HttpRequest request = make();
    signer.Sign(request, Keys(), now);
    benchmark::DoNotOptimize(request);
  }
}

void SigV4DescribeInstance(benchmark::State& state) { SignWith(state, Describe); }
void SigV4CreateInstance(benchmark::State& state) { SignWith(state, Create); }

// The first signature of a day: the key is derived anew.
void SigV4NewKey(benchmark::State& state) {
  const auto now = *ParseIso8601("2026-01-15T12:00:00Z");
  for (auto _ : state) {
    SigV4Signer signer({"us-east-1", "connect"});
    HttpRequest request = Describe();
    signer.Sign(request, Keys(), now);
    benchmark::DoNotOptimize(request);
  }
}

BENCHMARK(SigV4DescribeInstance);
BENCHMARK(SigV4CreateInstance);
BENCHMARK(SigV4NewKey);

}  // namespace
}  // namespace instanced::aws
