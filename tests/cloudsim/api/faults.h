// Fault rules: which calls they strike and what they do to them. The table of actions is in
// README.md; the JSON form uses the member names below.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "tests/cloudsim/world/ask.h"

namespace instanced::cloudsim {

enum class Action {
  kThrottle,
  kConflict,
  kServerError,
  kTimeoutAfterEffect,
  kResetBeforeEffect,
  kResetAfterEffect,
  kCloseMidHeaders,
  kTruncatedBody,
  kSlow,
  kMalformedBody,
  kHtmlError,
  kXmlError,
  kExpiredToken,
  kWrongState,
  kLatency,
  kHold,
  kErrorWithCode,
  kHttp200WithError,
  kStringsForScalars,
  kCreateFails,
  kDeleteFails,
  kPartialCreate,
  kChangedBack,
};

struct FaultRule {
  std::string id;  // given by the book when empty
  // Empty: any.
  std::string service, account, access_key, operation, instance;
  std::string contains;      // a substring of target or body
  std::string kind = "any";  // any, mutating or reading
  std::int64_t nth = 1;      // strikes from the nth matching call on
  std::int64_t count = 0;    // at most so many strikes; 0: no limit
  double probability = 1;
  std::string action;
  Millis milliseconds = 0;  // latency, slow (per piece), throttle (retry hint)
  int status = 0;           // 5xx, error-with-code
  std::string code, message, state;
  std::string effect = "before";   // errors: before or after the effect
  std::string phase = "received";  // hold: received or effect
  std::string form;                // AWS error form of this answer
  std::int64_t seen = 0, struck = 0;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(FaultRule, id, service, account, access_key,
                                                operation, instance, contains, kind, nth, count,
                                                probability, action, milliseconds, status, code,
                                                message, state, effect, phase, form, seen, struck)

// Nothing for a name that is no action.
std::optional<Action> ActionOf(const std::string& name);

// What a rule is matched against.
struct CallFacts {
  Service service = Service::kUnknown;
  std::string account, access_key, operation, instance;
  std::string_view target, body;
  bool mutating = false;
};

// What all striking rules together do to one call.
struct FaultPlan {
  enum class Transport {
    kNone,
    kTimeout,
    kResetBefore,
    kResetAfter,
    kCloseMidHeaders,
    kTruncate,
    kSlow
  };
  Transport transport = Transport::kNone;
  Millis latency = 0;
  Millis drip = 0;
  bool hold_received = false;
  bool hold_effect = false;
  bool changed_back = false;
  Directives directives;
  std::optional<FaultRule> answer;  // replaces or spoils the answer
  std::vector<std::string> rules;

  bool RefusesBeforeEffect() const;
};

class FaultBook {
 public:
  // The rule's id, or a sentence naming what is wrong with it.
  std::expected<std::string, std::string> Add(const Json& rule);
  bool Remove(const std::string& id);
  void Clear() { rules_.clear(); }
  const std::vector<FaultRule>& rules() const { return rules_; }

  // Counts the call for every matching rule. `chance` is asked once per rule with a probability.
  FaultPlan Plan(const CallFacts& facts, const std::function<double()>& chance);

 private:
  std::vector<FaultRule> rules_;
  std::int64_t next_ = 1;
};

// The refusal an answering rule means for this service and operation.
Refusal RefusalOf(const FaultRule& rule, Service service, const std::string& operation);

}  // namespace instanced::cloudsim
