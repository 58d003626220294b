// AlibabaConnector: from a ProviderConfig to a connected CCC or OutboundBot provider.
//
// Promises: one credential, one identity and one provider per kind for each ProviderConfig
// generation, however many objects use it; whose credential it is gets asked once, and again only
// after the key was replaced or when nobody had answered (then at most every `identity_pause`). The
// domain's account is the verified one, else "unverified:<uid>".
//
// Threads: the loop's. Ownership: outlives the connections it gave and every call in flight.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/provider/alibaba/ccc/ccc_codec.h"
#include "controller/provider/alibaba/credential_cache.h"
#include "controller/provider/alibaba/rpc_client.h"
#include "controller/provider/registry.h"

namespace instanced::alibaba {

struct AlibabaDeps {
  HttpClient& http;
  const Clock& clock;
  Random& random;
  EnvironmentVariables environment;
  GateSource& gates;
  SecretReader* secrets = nullptr;    // nothing standalone
  UnlistedCodes* unlisted = nullptr;  // nothing: unlisted codes go uncounted
};

struct AlibabaOptions {
  SignatureVersion signature = SignatureVersion::kV1;
  std::vector<std::string> ccc_ready_states = DefaultCccReadyStates();
  CredentialCacheOptions credentials;
  std::chrono::seconds identity_pause{30};
};

class AlibabaConnector {
 public:
  AlibabaConnector(AlibabaDeps deps, AlibabaOptions options);
  ~AlibabaConnector();

  // `kind` is CloudCallCenterInstance or OutboundBotInstance; any other is Validation.
  Task<Result<Connection>> Connect(CallContext context, Kind kind, ProviderConfigPtr config);

  // Credentials were changed outside (SIGHUP): each is read again before its next use.
  void ReloadCredentials();

 private:
  struct Account;
  using AccountPtr = std::shared_ptr<Account>;

  Result<AccountPtr> AccountFor(const ProviderConfigPtr& config);
  Task<Result<AccountIdentity>> Identify(CallContext context, AccountPtr account);
  Task<Result<AccountIdentity>> AskIdentity(CallContext context, AccountPtr account);
  bool IsIdentified(const Account& account, std::string_view key_id) const;
  Result<Connection> Provide(Account& account, Kind kind, const AccountIdentity& identity);
  std::shared_ptr<InstanceProvider> Build(const Account& account, Kind kind, const Domain& domain,
                                          const HttpEndpoint& endpoint);
  Transport MakeTransport();

  AlibabaDeps deps_;
  AlibabaOptions options_;
  ServerClock server_clock_;
  std::map<std::string, AccountPtr> accounts_;  // by ProviderConfig uid
};

}  // namespace instanced::alibaba
