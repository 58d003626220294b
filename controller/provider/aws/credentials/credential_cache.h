// CredentialCache: one credential for all its users, refreshed ahead of its end, once for all.
//
// From 15 minutes before the end one user tries a refresh while the others keep the old one, and a
// failure is not told; from 10 minutes before the end everybody waits for the refresh, and its
// failure is theirs, for the next ten seconds too. Credentials that live for less than an hour are
// refreshed in the last half and quarter of their life instead. While one refresh runs no second
// one starts. A credential that the cloud refused is fetched anew once; a further refusal within
// the next minute changes nothing.
//
// Threads: the loop's. Ownership: shared by connector and providers; keeps its fetcher.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controller/clock/clock.h"
#include "controller/provider/aws/credentials/credential_fetcher.h"
#include "controller/task/completion.h"

namespace instanced::aws {

struct CredentialCacheOptions {
  Duration advisory = std::chrono::minutes{15};
  Duration mandatory = std::chrono::minutes{10};
  Duration retry_gap = std::chrono::minutes{1};     // between advisory or forced refreshes
  Duration failure_gap = std::chrono::seconds{10};  // how long a failure answers for itself
};

class CredentialCache final {
 public:
  CredentialCache(std::unique_ptr<CredentialFetcher> fetcher, const Clock& clock,
                  CredentialCacheOptions options = {});

  Task<Result<AwsCredentials>> Get(CallContext context);
  // The cloud refused this one as expired, unknown or wrongly signed.
  void Refuse(const std::string& access_key_id);
  // Reload: the next user fetches anew.
  void Invalidate();

 private:
  enum class Need { kNone, kAdvisory, kMandatory };
  Need CurrentNeed() const;
  Task<Result<AwsCredentials>> Refresh(CallContext context, Need need);
  void Keep(AwsCredentials credentials);

  std::unique_ptr<CredentialFetcher> fetcher_;
  const Clock& clock_;
  CredentialCacheOptions options_;
  std::optional<AwsCredentials> current_;
  // When to refresh the current one; none: never.
  struct Windows {
    MonotonicTime advisory_at;
    MonotonicTime mandatory_at;
  };
  std::optional<Windows> windows_;
  enum class Forced { kNo, kYes } forced_ = Forced::kNo;
  std::optional<MonotonicTime> forced_at_;
  std::optional<MonotonicTime> advisory_failed_at_;
  struct Failure {
    Error error;
    MonotonicTime until;
  };
  std::optional<Failure> failure_;
  bool refreshing_ = false;
  std::vector<Completion<Result<AwsCredentials>>> waiters_;
};

}  // namespace instanced::aws
