// The status all instance kinds share: what is recorded of an object, in Kubernetes in the status
// sub-resource, standalone in the journal.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "api/object/condition.h"
#include "api/object/intent.h"

namespace instanced {

struct InstanceStatus {
  std::int64_t observed_generation = -1;
  ConditionSet conditions;
  std::string external_name;     // empty: none bound
  std::optional<Intent> intent;  // open intent only
  // Attempts used so far by this uid, so that a closed attempt's token is never used again.
  std::int64_t attempts = 0;
  // RFC 3339 wall time of the first recorded claim on external_name; the oldest claim holds.
  std::string claimed_at;
  // The account and region the instance was bound in: "123456789012/us-east-1".
  std::string bound_domain;
  // The foreign mark a person approved taking over, as MarkText spells it; empty: none. Only this
  // one counts as no mark; APIs that cannot change a mark show it for good.
  std::string accepted_mark;
  // Canonical JSON of everything the describe call returned (personal data only when allowed).
  std::string at_provider;
  // Canonical JSON of the fields the cloud never shows, as they were sent last (SentFields); empty:
  // never.
  std::string sent;

  friend bool operator==(const InstanceStatus&, const InstanceStatus&) = default;
};

nlohmann::json ToJson(const InstanceStatus& status);
// Lenient: members of another type are dropped. An intent that is present but broken makes
// `intent_unreadable` true: the object is in doubt and nothing may be created for it.
struct ParsedStatus {
  InstanceStatus status;
  bool intent_unreadable = false;
};
ParsedStatus InstanceStatusFromJson(const nlohmann::json& json);

// The message of the condition below, the same as the default in the CRDs.
inline constexpr std::string_view kPendingMessage = "The instance has not been looked at yet.";

// The status of an object nobody has looked at: observedGeneration -1, Ready Unknown/Pending.
InstanceStatus PendingStatus(std::string_view now_rfc3339);

}  // namespace instanced
