#include "controller/provider/aws/connect/connect_errors.h"

#include <algorithm>
#include <array>
#include <string>

namespace instanced::aws {
namespace {

using enum AwsMeaning;

constexpr std::array kConnect{
    AwsErrorRule{"InternalServiceException", 500, kTransient},
    AwsErrorRule{"InvalidRequestException", 400, kValidation},
    AwsErrorRule{"InvalidParameterException", 400, kValidation},
    AwsErrorRule{"PropertyValidationException", 400, kValidation},
    AwsErrorRule{"ResourceNotFoundException", 404, kNotFound},
    // Instances per account, and creates plus deletes in 30 days; the latter refuses deletes too,
    // which the model does not say.
    AwsErrorRule{"ServiceQuotaExceededException", 402, kQuota},
    AwsErrorRule{"ThrottlingException", 429, kThrottled},
    AwsErrorRule{"TooManyRequestsException", 429, kThrottled},
    AwsErrorRule{"LimitExceededException", 429, kThrottled},
    AwsErrorRule{"AccessDeniedException", 403, kAuth, AuthHint::kPermission},
    AwsErrorRule{"DuplicateResourceException", 409, kExists},
    AwsErrorRule{"IdempotencyException", 409, kExists},
    AwsErrorRule{"ResourceConflictException", 409, kExists},
    AwsErrorRule{"ConflictException", 409, kExists},
    AwsErrorRule{"ConditionalOperationFailedException", 409, kBusy},
    AwsErrorRule{"ResourceInUseException", 409, kBusy},
    AwsErrorRule{"ResourceNotReadyException", 409, kBusy},
};

bool SaysAliasIsTaken(std::string_view message) {
  std::string lower(message);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  const auto alias = lower.find("alias");
  return alias != std::string::npos && lower.find("already", alias) != std::string::npos;
}

}  // namespace

std::span<const AwsErrorRule> ConnectErrors() { return kConnect; }

AwsVerdict ClassifyConnect(Effect effect, std::string_view code, int http_status,
                           std::string_view message) {
  AwsVerdict verdict = Classify(kConnect, effect, code, http_status);
  if (effect == Effect::kCreate && code == "InvalidRequestException" && SaysAliasIsTaken(message)) {
    verdict.error_class = ErrorClass::kTaken;
  }
  return verdict;
}

}  // namespace instanced::aws
