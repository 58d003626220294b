// CredentialCache: one credential of one ProviderConfig, fetched once for all its users.
//
// Promises: refreshed when 180 s or less remain; one fetch at a time however many ask; a refresh
// that fails leaves the old key in use while it lasts; after a failure nobody fetches for the
// pause, so a thousand objects make one probe. Invalidate() is ignored for a key just fetched.
//
// Threads: the loop's. Ownership: shared by the providers of one ProviderConfig.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/kinds/object.h"
#include "controller/provider/alibaba/credential_fetcher.h"
#include "controller/provider/alibaba/single_flight.h"

namespace instanced::alibaba {

struct CredentialCacheOptions {
  std::chrono::seconds refresh_before{180};
  std::chrono::seconds failure_pause{10};
  std::chrono::seconds refetch_interval_min{2};
  std::chrono::seconds fetch_timeout{15};
};

// Where a credential is described; read anew at each fetch. Where there are Secrets a file is
// Validation: it would be the pod's, and not of who writes ProviderConfigs.
struct CredentialOrigin {
  ProviderConfigPtr config;
  const EnvironmentVariables& environment;
  SecretReader* secrets = nullptr;  // nothing standalone
};

class CredentialCache final : public AccessKeySource {
 public:
  CredentialCache(CredentialOrigin origin, CredentialFetcher fetcher, const Clock& clock,
                  CredentialCacheOptions options)
      : origin_(std::move(origin)),
        fetcher_(std::move(fetcher)),
        clock_(clock),
        options_(options) {}

  // Auth when there is no credential, Transient when its source does not answer.
  Task<Result<SigningKey>> Get(CallContext context) override;
  void Invalidate() override;
  // The configuration was read anew: fetch again whatever is known, failures included.
  void Reload();

 private:
  bool IsFresh() const;
  bool IsAlive() const;
  Task<Result<AccessKey>> Fetch(CallContext context);
  Task<Result<std::vector<CredentialPlan>>> Plan();
  Result<SigningKey> Settle(Result<AccessKey> fetched);

  CredentialOrigin origin_;
  CredentialFetcher fetcher_;
  const Clock& clock_;
  CredentialCacheOptions options_;
  std::optional<AccessKey> current_;
  bool is_stale_ = false;
  MonotonicTime fetched_at_{};
  std::optional<Error> failure_;
  MonotonicTime failed_at_{};
  SingleFlight<Result<SigningKey>> flight_;
};

}  // namespace instanced::alibaba
