// ProviderRegistry: from a ProviderConfig to a connected provider.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <variant>

#include "api/error/error.h"
#include "api/kinds/object.h"
#include "controller/provider/domain.h"
#include "controller/provider/parameter_rules.h"
#include "controller/provider/provider.h"

namespace instanced {

// Whose credential it is, asked once per credential by GetCallerIdentity.
struct AccountVerified {
  std::string account_id;
};
struct AccountMismatch {
  std::string declared;
  std::string actual;
};
struct AccountUnverified {  // nobody answered: observe only
  Error cause;
};
using AccountIdentity = std::variant<AccountVerified, AccountMismatch, AccountUnverified>;

struct Connection {
  Domain domain;
  AccountIdentity identity;
  std::shared_ptr<InstanceProvider> provider;
  // Null: the kind's CRD and traits say all there is to forProvider.
  std::shared_ptr<const ParameterRules> rules{};
};

// Gives every (service, account, region) its one gate; the same Domain gives the same gate.
class GateSource {
 public:
  virtual ~GateSource() = default;
  virtual CallGate& GateFor(const Domain& domain) = 0;
};

// Reads a Secret's data by name; in standalone mode there are none (Validation).
class SecretReader {
 public:
  virtual ~SecretReader() = default;
  virtual Task<Result<std::map<std::string, std::string>>> ReadSecret(std::string namespace_,
                                                                      std::string name) = 0;
};

// The process environment as controller/config read it, and the home directory ("HOME").
using EnvironmentVariables = std::map<std::string, std::string>;

// Threads: the loop's. Connections are cached per (kind, ProviderConfig uid and generation) and
// rebuilt when the ProviderConfig or its credential changes.
class ProviderRegistry {
 public:
  virtual ~ProviderRegistry() = default;
  // Fails with Validation (no region anywhere, a bad endpoint: the message names field and
  // variable), Auth (no credential) or Transient (a credential endpoint does not answer).
  virtual Task<Result<Connection>> Connect(CallContext context, Kind kind,
                                           ProviderConfigPtr config) = 0;
};

}  // namespace instanced
