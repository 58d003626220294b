// AccountGuard: keeps a mutating call from being signed with a key of another account.
//
// A credential may be replaced at any moment, also between the question whose it is and the call:
// the key that a call is about to be signed with must be the one that was asked about, and its
// account the one that the provider was made for.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "api/error/error.h"

namespace instanced {

// The key whose account was answered last; empty: none was.
struct IdentifiedKey {
  std::string access_key_id;
  std::string account_id;
};

struct AccountGuard {
  std::shared_ptr<const IdentifiedKey> identified;  // nothing: not guarded
  std::string account_id;                           // what the provider was made for

  // Transient and not sent: the next pass asks first. While nobody answered at all nothing is
  // decided that mutates, so the guard has nothing to say.
  Result<void> Check(std::string_view access_key_id) const {
    if (!identified || identified->access_key_id.empty()) return {};
    const bool same_key = identified->access_key_id == access_key_id;
    if (same_key && identified->account_id == account_id) return {};
    Error error;
    error.error_class = ErrorClass::kTransient;
    error.code = "CredentialChanged";
    error.message = "the credential has changed; its account is asked for first";
    error.reach = Reach::kNotSent;
    return std::unexpected(std::move(error));
  }
};

}  // namespace instanced
