// The error tables of AWS: from code and status to the class the reconciler reacts to.
//
// One table per API (its modelled errors) and one of the errors every AWS service may answer.
// The API's own table is asked first. A code in neither table is counted by the caller (see
// AwsVerdict::known) and judged by its HTTP status alone:
//   429 Throttled · 402 Quota · 401, 403 Auth · 408 Transient · 409 Busy · 413 Validation ·
//   5xx Transient · every other status Terminal: a request that is refused for a reason we do not
//   know is not worth repeating before somebody looks.
// A 404 without a known code is Terminal, never NotFound: proxies and wrong endpoints answer it
// too. What is Transient for a read is InDoubt for a mutating call: it may have taken effect.
//
// Sources: the service models connect 2017-08-08 and supplychain 2024-01-01, and the pages
// "Common Errors" of docs.aws.amazon.com. Pure; any thread.
#pragma once

#include <span>
#include <string_view>

#include "api/error/error.h"

namespace instanced::aws {

// What a call does, as far as the meaning of an error depends on it.
enum class Effect { kRead, kCreate, kChange };

// What an error with the same code means for one effect.
enum class AwsMeaning {
  kThrottled,
  kQuota,
  kBusy,
  kExists,     // a create: Taken; else Busy
  kTransient,  // a read: Transient; else InDoubt
  kRefused,    // transient, and surely without effect: Transient always
  kNotFound,   // a create: Terminal (something it refers to is missing)
  kAuth,
  kValidation,
  kTerminal,
};

// What else an authentication error says.
enum class AuthHint {
  kNone,
  kPermission,  // known and not allowed: a fresh credential would not help
  kCredential,  // expired or unknown: a fresh one may help
  kClock,       // our time and theirs differ
  kSignature,   // wrong secret, or wrong time
};

struct AwsErrorRule {
  std::string_view code;
  int http_status;  // as modelled or documented; for tests and readers, not for matching
  AwsMeaning meaning;
  AuthHint hint = AuthHint::kNone;
};

std::span<const AwsErrorRule> CommonErrors();
std::span<const AwsErrorRule> StsErrors();

enum class CodeKnown { kYes, kNo };

struct AwsVerdict {
  ErrorClass error_class;
  AuthHint hint = AuthHint::kNone;
  CodeKnown known = CodeKnown::kYes;
};

AwsVerdict Classify(std::span<const AwsErrorRule> service_errors, Effect effect,
                    std::string_view code, int http_status);

}  // namespace instanced::aws
