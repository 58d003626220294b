// CredentialFetcher: carries out a CredentialPlan.
//
// Calls to the security token service pass the gate like every other API call; the metadata service
// and the credentials URI are local and do not. The metadata service gets one second a try.
//
// Threads: the loop's. Ownership: outlives its calls in flight, as its arguments outlive it.
#pragma once

#include <string>

#include "controller/provider/alibaba/access_key.h"
#include "controller/provider/alibaba/credential_plan.h"
#include "controller/provider/alibaba/rpc_client.h"

namespace instanced::alibaba {

inline constexpr std::string_view kStsVersion = "2015-04-01";

enum class MetadataFallback { kAllowV1, kRequireToken };

struct CredentialEndpoints {
  HttpEndpoint sts;
  HttpEndpoint metadata;
  // Where OIDC tokens may go: an address of the environment or the cloud's own. Who holds such a
  // token is us, so none goes to an address that a ProviderConfig chose.
  Result<HttpEndpoint> token_exchange;
  MetadataFallback fallback = MetadataFallback::kAllowV1;
};

class CredentialFetcher {
 public:
  CredentialFetcher(Transport transport, CallGate& gate, CredentialEndpoints endpoints)
      : transport_(transport), gate_(gate), endpoints_(std::move(endpoints)) {}

  Task<Result<AccessKey>> Fetch(CallContext context, CredentialPlan plan);

 private:
  Task<Result<AccessKey>> FetchOidc(CallContext context, OidcRole role);
  Task<Result<AccessKey>> FetchAssumed(CallContext context, AssumedRole role);
  Task<Result<AccessKey>> FetchEcs(CallContext context, EcsRole role);
  Task<Result<AccessKey>> FetchUri(CallContext context, CredentialsUri uri);
  // The v2 token; empty where only v1 answers.
  Task<Result<std::string>> MetadataToken(CallContext context);
  Task<Result<std::string>> MetadataText(CallContext context, std::string path, std::string token);
  Task<Result<HttpResponse>> SendLocal(CallContext context, HttpRequest request);

  Transport transport_;
  CallGate& gate_;
  CredentialEndpoints endpoints_;
};

}  // namespace instanced::alibaba
