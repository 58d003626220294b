// Alibaba's error codes as data: which code asks for which reaction.
//
// Rows are tried in order, those of the API before the common ones, and the first that fits wins.
// The decision is by code; a status decides only for codes nobody has listed. A bare 404 never
// means that an instance is gone.
//
// Source: the error tables of CCC 2020-07-01, OutboundBot 2019-12-26 and the common gateway codes.
// Threads: any.
#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "api/error/error.h"

namespace instanced::alibaba {

enum class CodeMatch { kExact, kPrefix, kSuffix };

// What the transport does by itself, before the next try of anybody.
enum class Reaction {
  kNone,
  kRefreshCredential,  // the credential is stale or wrong: read it anew
  kCorrectClock,       // take the offset from the response's Date
};

struct ErrorRow {
  std::string_view operation;  // empty: any
  CodeMatch match;
  std::string_view code;
  ErrorClass error_class;
  Reaction reaction = Reaction::kNone;
};

// Whether a call changes anything, and whether what it does not find is the instance.
enum class Effect { kRead, kMutate };
enum class Subject { kInstance, kAccount };

struct Classification {
  ErrorClass error_class;
  Reaction reaction = Reaction::kNone;
  bool is_listed = true;
};

// A listed kAuth that neither a fresh credential nor a corrected clock would mend.
Denial WhatIsDenied(const Classification& found);

std::span<const ErrorRow> CommonErrors();
// Codes of the security token service: a role that cannot be assumed is a credential's failure.
std::span<const ErrorRow> StsErrors();

// NotFound of a call that names no instance is Validation: what is missing is something the
// request refers to.
Classification Classify(std::span<const ErrorRow> api_errors, std::string_view operation,
                        Subject subject, std::string_view code, int status);

// A mutating call that failed at the other side without a definite refusal may have worked.
ErrorClass WithDoubt(ErrorClass error_class, Effect effect, int status);

// Hears of every code no table lists, so that tables can grow.
class UnlistedCodes {
 public:
  virtual ~UnlistedCodes() = default;
  virtual void Count(std::string_view service, std::string_view operation, std::string_view code,
                     int status) = 0;
};

}  // namespace instanced::alibaba
