// SimAccounts: whose credential it is, asked by the real connectors through the daemon's own gates
// and budget, of a simulated token service. What they connect to is the fake cloud, in the domain
// that the answer names.
//
// Threads: one. Ownership: SimSts outlives the daemons of its replica, SimAccounts lives in one.
#pragma once

#include "controller/http/http_client.h"
#include "controller/provider/alibaba/alibaba_connector.h"
#include "controller/provider/aws/aws_connector.h"
#include "controller/provider/aws/credentials/file_reader.h"
#include "tests/fakes/fake_cloud/fake_cloud.h"
#include "tests/simulation/sim_world.h"

namespace instanced {

// What the credentials of both clouds hold, but for the ids of their keys. Every token service
// repeats them when it fails, as services do that quote a request.
inline constexpr std::string_view kPlantedKeySecret = "hunter2-key-0123456789-secret";
inline constexpr std::string_view kPlantedToken = "hunter2-token/0123456789+session==";

// The guarded account of both clouds: what people declare and what the token services answer.
ProviderConfigSpec GuardedConfig();

// One replica's way to GetCallerIdentity of both clouds.
class SimSts final : public HttpClient {
 public:
  SimSts(const StsHooks& hooks, const Clock& clock, int replica)
      : hooks_(hooks), clock_(clock), replica_(replica) {}
  Task<std::expected<HttpResponse, HttpError>> Send(HttpRequest request, MonotonicTime deadline,
                                                    StopToken stop) override;

 private:
  Duration Latency() const { return hooks_.latency ? hooks_.latency() : Duration{}; }

  const StsHooks& hooks_;
  const Clock& clock_;
  const int replica_;
};

class SimAccounts final : public ProviderRegistry {
 public:
  SimAccounts(SimSts& sts, const Clock& clock, Random& random, GateSource& gates,
              FakeCloudAccess& cloud);
  Task<Result<Connection>> Connect(CallContext context, Kind kind,
                                   ProviderConfigPtr config) override;

 private:
  FakeCloudAccess& cloud_;
  aws::DiskFileReader files_;
  aws::AwsConnector aws_;
  alibaba::AlibabaConnector alibaba_;
};

}  // namespace instanced
