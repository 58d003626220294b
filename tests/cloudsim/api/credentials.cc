#include "tests/cloudsim/api/credentials.h"

#include <algorithm>

namespace instanced::cloudsim {
namespace {

constexpr Millis kNonceLife = 31 * kMinute;
constexpr std::size_t kMostNonces = 2'000'000;

std::string ArnOf(const std::string& cloud, const std::string& account) {
  return cloud == "aws" ? "arn:aws:iam::" + account + ":user/simulated"
                        : "acs:ram::" + account + ":user/simulated";
}

}  // namespace

std::expected<Credential, std::string> ParseAccount(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == ':') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  const bool shaped = (parts.size() == 4 || parts.size() == 5) &&
                      (parts[0] == "aws" || parts[0] == "alibaba") &&
                      std::ranges::none_of(parts, &std::string::empty);
  if (!shaped) return std::unexpected("an account is aws|alibaba:ACCOUNT:KEY:SECRET[:TOKEN]");
  return Credential{parts[0],
                    parts[1],
                    parts[2],
                    parts[3],
                    parts.size() == 5 ? parts[4] : "",
                    ArnOf(parts[0], parts[1])};
}

std::vector<Credential> DefaultAccounts() {
  std::vector<Credential> accounts;
  for (const char* text : {"aws:123456789012:AKIACLOUDSIM00000001:cloudsim-aws-secret-one",
                           "aws:210987654321:AKIACLOUDSIM00000002:cloudsim-aws-secret-two",
                           "alibaba:1059803544828509:LTAICLOUDSIM0001:cloudsim-ali-secret-one",
                           "alibaba:1059803544828510:LTAICLOUDSIM0002:cloudsim-ali-secret-two"}) {
    accounts.push_back(*ParseAccount(text));
  }
  return accounts;
}

const Credential* CredentialBook::Find(const std::string& cloud,
                                       const std::string& access_key) const {
  const auto found = by_key_.find(access_key);
  return found != by_key_.end() && found->second.cloud == cloud ? &found->second : nullptr;
}

bool CredentialBook::Expire(const std::string& access_key, Millis at) {
  const auto found = by_key_.find(access_key);
  if (found == by_key_.end()) return false;
  found->second.expires_at = at;
  return true;
}

std::vector<Credential> CredentialBook::All() const {
  std::vector<Credential> all;
  for (const auto& [key, credential] : by_key_) all.push_back(credential);
  std::ranges::sort(all, {}, &Credential::access_key);
  return all;
}

bool CredentialBook::UseNonce(const std::string& nonce, Millis now) {
  while (!nonce_ages_.empty() &&
         (nonce_ages_.front().first < now - kNonceLife || nonce_ages_.size() >= kMostNonces)) {
    nonces_.erase(nonce_ages_.front().second);
    nonce_ages_.pop_front();
  }
  if (!nonces_.insert(nonce).second) return false;
  nonce_ages_.emplace_back(now, nonce);
  return true;
}

}  // namespace instanced::cloudsim
