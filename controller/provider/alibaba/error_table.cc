#include "controller/provider/alibaba/error_table.h"

#include <array>
#include <utility>

namespace instanced::alibaba {
namespace {

using enum CodeMatch;
using enum ErrorClass;
using enum Reaction;

// Order matters: exact and narrow rows stand before the prefixes and suffixes that would catch
// them.
constexpr auto kCommon = std::to_array<ErrorRow>({
    {"", kPrefix, "Throttling", kThrottled},
    {"", kExact, "ServiceUnavailable", kTransient},
    {"", kExact, "InternalError", kTransient},
    {"", kExact, "UnknownError", kTransient},
    {"", kExact, "SignatureNonceUsed", kTransient},
    // Whose call it is.
    {"", kPrefix, "InvalidAccessKeyId", kAuth, kRefreshCredential},
    {"", kExact, "SignatureDoesNotMatch", kAuth, kRefreshCredential},
    {"", kExact, "IncompleteSignature", kAuth, kRefreshCredential},
    {"", kExact, "InvalidSignatureMethod", kTerminal},
    {"", kPrefix, "InvalidTimeStamp", kAuth, kCorrectClock},
    {"", kExact, "IllegalTimestamp", kAuth, kCorrectClock},
    {"", kPrefix, "InvalidSecurityToken", kAuth, kRefreshCredential},
    {"", kExact, "MissingSecurityToken", kAuth, kRefreshCredential},
    {"", kExact, "Forbidden.InstanceNotFound", kNotFound},
    {"", kExact, "Forbidden", kAuth},
    {"", kPrefix, "Forbidden.", kAuth},
    {"", kPrefix, "Forbedden.", kAuth},  // spelled so by the cloud
    {"", kExact, "NoPermission", kAuth},
    {"", kExact, "ActionUnauthorized", kAuth},
    {"", kExact, "InsufficientBalance", kQuota},
    // Calls that cannot work at all; their 404 says nothing about an instance.
    {"", kExact, "UnsupportedOperation", kTerminal},
    {"", kExact, "UnsupportedHTTPMethod", kTerminal},
    {"", kExact, "NoSuchVersion", kTerminal},
    {"", kPrefix, "InvalidAction", kTerminal},
    {"", kPrefix, "InvalidApi", kTerminal},
    {"", kPrefix, "InvalidProduct", kTerminal},
    {"", kPrefix, "InvalidVersion", kTerminal},
    {"", kPrefix, "InvalidProtocol", kTerminal},
    // What the request says.
    {"", kExact, "UnsupportedParameter", kValidation},
    {"", kPrefix, "Repeated", kValidation},
    {"", kPrefix, "DependencyViolation", kBusy},
    // The instance. What else is not there says nothing about it: it is read again, then listed.
    {"", kPrefix, "NotExist.Instance", kNotFound},
    {"", kPrefix, "NotExists.Instance", kNotFound},
    {"", kSuffix, "Instance.NotFound", kNotFound},
    {"", kSuffix, "InstanceId.NotFound", kNotFound},
    {"", kSuffix, "InstanceNotFound", kNotFound},
    {"CreateInstance", kPrefix, "NotExist", kValidation},
    {"CreateInstance", kPrefix, "EntityNotExist", kValidation},
    {"CreateInstance", kSuffix, "NotFound", kValidation},
    {"", kPrefix, "NotExist", kBusy},
    {"", kPrefix, "EntityNotExist", kBusy},
    {"", kSuffix, "NotFound", kBusy},
    {"", kPrefix, "Missing", kValidation},
    {"", kPrefix, "Invalid", kValidation},
});

constexpr auto kSts = std::to_array<ErrorRow>({
    {"", kPrefix, "AuthenticationFail", kAuth},
    {"", kPrefix, "EntityNotExist", kAuth},
});

bool Fits(const ErrorRow& row, std::string_view operation, std::string_view code) {
  if (!row.operation.empty() && row.operation != operation) return false;
  switch (row.match) {
    case kExact:
      return code == row.code;
    case kPrefix:
      return code.starts_with(row.code);
    case kSuffix:
      return code.ends_with(row.code);
  }
  std::unreachable();
}

const ErrorRow* FindRow(std::span<const ErrorRow> rows, std::string_view operation,
                        std::string_view code) {
  for (const ErrorRow& row : rows) {
    if (Fits(row, operation, code)) return &row;
  }
  return nullptr;
}

ErrorClass ByStatus(int status) {
  switch (status) {
    case 401:
    case 403:
      return kAuth;
    case 402:
      return kQuota;
    case 408:
      return kTransient;
    case 409:
      return kBusy;
    case 429:
      return kThrottled;
    case 400:
    case 413:
    case 422:
      return kValidation;
    default:
      // 404 included: by itself it may be a wrong endpoint, a gateway or a closed API.
      return status >= 300 && status < 500 ? kTerminal : kTransient;
  }
}

}  // namespace

std::span<const ErrorRow> CommonErrors() { return kCommon; }

std::span<const ErrorRow> StsErrors() { return kSts; }

Classification Classify(std::span<const ErrorRow> api_errors, std::string_view operation,
                        Subject subject, std::string_view code, int status) {
  const ErrorRow* row = FindRow(api_errors, operation, code);
  if (row == nullptr) row = FindRow(kCommon, operation, code);
  if (row == nullptr) return {ByStatus(status), kNone, false};
  if (row->error_class == kNotFound && subject == Subject::kAccount) {
    return {kValidation, row->reaction, true};
  }
  return {row->error_class, row->reaction, true};
}

Denial WhatIsDenied(const Classification& found) {
  const bool permission =
      found.error_class == kAuth && found.is_listed && found.reaction == Reaction::kNone;
  return permission ? Denial::kPermission : Denial::kCredential;
}

ErrorClass WithDoubt(ErrorClass error_class, Effect effect, int status) {
  if (effect == Effect::kRead || error_class != kTransient) return error_class;
  const bool is_refusal = status >= 400 && status < 500 && status != 408;
  return is_refusal ? kTransient : kInDoubt;
}

}  // namespace instanced::alibaba
