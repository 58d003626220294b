// CredentialBreaker: one probe for all objects that share a refused credential. Pure.
//
// Open while the credential is refused: only the first caller after each interval gets through.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "api/error/error.h"
#include "controller/clock/clock.h"

namespace instanced {

// A ProviderConfig may hold a credential of each cloud; one refused says nothing about the other.
inline std::string CredentialOf(const std::string& provider_config_uid, std::string_view cloud) {
  return provider_config_uid + "/" + std::string(cloud);
}

class CredentialBreaker {
 public:
  explicit CredentialBreaker(Duration interval) : interval_(interval) {}

  struct Closed {
    Error error;
    MonotonicTime until;
  };
  // Nothing: go on (and, while it is open, you are the probe). Else: why not, and until when.
  std::optional<Closed> Ask(const std::string& credential, MonotonicTime now) {
    const auto it = refused_.find(credential);
    if (it == refused_.end()) return std::nullopt;
    if (now >= it->second.until) {
      it->second.until = now + interval_;
      return std::nullopt;
    }
    return it->second;
  }
  void Refused(const std::string& credential, Error error, MonotonicTime now) {
    refused_.insert_or_assign(credential, Closed{std::move(error), now + interval_});
  }
  // True when it had been refused: everybody who waited may go on.
  bool Accepted(const std::string& credential) { return refused_.erase(credential) > 0; }
  void Reset() { refused_.clear(); }
  // The next caller is the probe, of each credential; who waits still waits for its answer.
  void ProbeNow() {
    for (auto& [credential, closed] : refused_) closed.until = MonotonicTime::min();
  }

 private:
  Duration interval_;
  std::map<std::string, Closed> refused_;
};

}  // namespace instanced
