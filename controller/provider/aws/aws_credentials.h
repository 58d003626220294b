// One AWS credential, as every source of credentials delivers it. Never print it.
#pragma once

#include <optional>
#include <string>

#include "controller/clock/clock.h"

namespace instanced::aws {

struct AwsCredentials {
  std::string access_key_id;
  std::string secret_access_key;
  std::string session_token;           // empty for long-lived keys
  std::optional<WallTime> expires_at;  // nothing: it does not expire by itself

  friend bool operator==(const AwsCredentials&, const AwsCredentials&) = default;
};

}  // namespace instanced::aws
