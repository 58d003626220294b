// CredentialFetcher: one source of credentials. Asked through CredentialCache, never directly.
#pragma once

#include <string>
#include <string_view>

#include "api/error/error.h"
#include "controller/http/http_client.h"
#include "controller/provider/aws/aws_credentials.h"
#include "controller/provider/aws/aws_transport.h"
#include "controller/provider/aws/credentials/file_reader.h"
#include "controller/provider/call_gate.h"
#include "controller/provider/registry.h"
#include "controller/task/task.h"

namespace instanced::aws {

class CredentialFetcher {
 public:
  virtual ~CredentialFetcher() = default;
  // Auth: there is none, or it is unusable. Transient: an endpoint does not answer.
  // Validation: the ProviderConfig or a profile asks for something that is not possible.
  virtual Task<Result<AwsCredentials>> Fetch(CallContext context) = 0;
};

// What every fetcher may use. The references outlive the fetchers.
struct CredentialTools {
  HttpClient& http;
  const Clock& clock;
  Random& random;
  const FileReader& files;
  EnvironmentVariables environment;
  AwsTransport& sts_transport;
  HttpEndpoint sts;
  // Where identity tokens may go: an address of the environment or the cloud's own. Who holds such
  // a token is us, so none goes to an address that a ProviderConfig chose.
  Result<HttpEndpoint> token_exchange;
  Duration metadata_deadline = std::chrono::seconds{1};
};

// The value of a variable; empty when it is not set.
std::string_view Variable(const EnvironmentVariables& environment, const std::string& name);

// {"AccessKeyId","SecretAccessKey","Token","Expiration"}: the form of the container endpoint and of
// instance metadata. `source` names it in errors.
Result<AwsCredentials> ParseCredentialDocument(const HttpResponse& response,
                                               std::string_view source);

// A failure to reach `source`: Transient, or Cancelled when we are stopping.
Error UnreachableSource(const HttpError& error, std::string_view source);

}  // namespace instanced::aws
