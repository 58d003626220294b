// The access keys the simulated clouds know, long-lived and issued by their STS.
#pragma once

#include <deque>
#include <expected>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "tests/cloudsim/world/settings.h"

namespace instanced::cloudsim {

struct Credential {
  std::string cloud;  // aws or alibaba
  std::string account;
  std::string access_key;
  std::string secret;
  std::string session_token;  // empty for a long-lived key
  std::string arn;
  Millis expires_at = 0;  // real ms since the epoch; 0: never
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(Credential, cloud, account, access_key, secret,
                                                session_token, arn, expires_at)

// "aws:123456789012:AKID:SECRET[:TOKEN]" or "alibaba:...". A sentence when malformed.
std::expected<Credential, std::string> ParseAccount(const std::string& text);

// Two accounts of each cloud, used when none is given.
std::vector<Credential> DefaultAccounts();

class CredentialBook {
 public:
  void Add(Credential credential) { by_key_[credential.access_key] = std::move(credential); }
  const Credential* Find(const std::string& cloud, const std::string& access_key) const;
  bool Expire(const std::string& access_key, Millis at);
  std::vector<Credential> All() const;

  // False when the nonce was seen within the last 15 minutes and a bit.
  bool UseNonce(const std::string& nonce, Millis now);

 private:
  std::unordered_map<std::string, Credential> by_key_;
  std::unordered_set<std::string> nonces_;
  std::deque<std::pair<Millis, std::string>> nonce_ages_;
};

}  // namespace instanced::cloudsim
