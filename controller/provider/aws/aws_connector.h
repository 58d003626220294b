// AwsConnector: from a ProviderConfig to a Connect or Supply Chain provider.
//
// Region: spec.aws.region, else AWS_REGION, else AWS_DEFAULT_REGION. Endpoints: spec.aws.endpoints,
// else AWS_ENDPOINT_URL_CONNECT, _SCN (or _SUPPLYCHAIN) and _STS, else AWS_ENDPOINT_URL, else the
// region's own. The account is asked by GetCallerIdentity once per credential, and again at most
// once a minute while nobody answers (AccountUnverified).
// All kinds of one ProviderConfig generation share a credential, and all ProviderConfigs an
// endpoint's clock offset. A ProviderConfig without spec.aws is Validation when it is meant for
// another cloud; when it is empty it means the environment.
//
// Threads: the loop's. Ownership: must outlive the providers it gave out.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/provider/aws/aws_transport.h"
#include "controller/provider/aws/credentials/credential_cache.h"
#include "controller/provider/registry.h"

namespace instanced::aws {

struct AwsConnectorDeps {
  HttpClient& http;
  const Clock& clock;
  Random& random;
  GateSource& gates;
  const FileReader& files;
  EnvironmentVariables environment;
  SecretReader* secrets = nullptr;           // none outside Kubernetes
  UnknownCodeSink* unknown_codes = nullptr;  // may be absent
};

struct AwsConnectorOptions {
  AwsTransportOptions transport;
  CredentialCacheOptions credentials;
  Duration metadata_deadline = std::chrono::seconds{1};
  Duration identity_gap = std::chrono::minutes{1};
};

class AwsConnector final {
 public:
  explicit AwsConnector(AwsConnectorDeps deps, AwsConnectorOptions options = {});
  ~AwsConnector();

  Task<Result<Connection>> Connect(CallContext context, Kind kind, ProviderConfigPtr config);
  // Reload: credentials and accounts are asked anew by their next users.
  void Invalidate();

 private:
  struct Account;
  using AccountPtr = std::shared_ptr<Account>;
  struct Entry {
    AccountPtr account;
    struct Made {
      Domain domain;
      std::shared_ptr<InstanceProvider> provider;
    };
    std::map<Kind, Made> providers;
  };

  Result<AccountPtr> AccountFor(const ProviderConfigPtr& config);
  Result<AccountPtr> MakeAccount(const ProviderConfigPtr& config);
  // Fills account->identity; fails only where there is no credential.
  Task<Result<void>> Identify(CallContext context, AccountPtr account);
  Task<void> AskIdentity(CallContext context, AccountPtr account, AwsCredentials credentials);
  Result<Connection> ConnectionOf(const ProviderConfigPtr& config, Kind kind);
  Result<std::shared_ptr<InstanceProvider>> MakeProvider(const ProviderConfigPtr& config, Kind kind,
                                                         const AccountPtr& account,
                                                         const Domain& domain);
  std::shared_ptr<ClockSkew> SkewOf(const HttpOrigin& origin);

  AwsConnectorDeps deps_;
  AwsConnectorOptions options_;
  std::map<std::string, Entry> entries_;  // by ProviderConfig
  std::map<HttpOrigin, std::shared_ptr<ClockSkew>> skews_;
};

}  // namespace instanced::aws
