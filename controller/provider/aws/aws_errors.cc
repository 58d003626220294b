#include "controller/provider/aws/aws_errors.h"

#include <algorithm>
#include <array>
#include <optional>

namespace instanced::aws {
namespace {

using enum AwsMeaning;

constexpr std::array kCommon{
    // Throttling, by every name it ever had.
    AwsErrorRule{"ThrottlingException", 429, kThrottled},
    AwsErrorRule{"TooManyRequestsException", 429, kThrottled},
    AwsErrorRule{"LimitExceededException", 429, kThrottled},
    AwsErrorRule{"Throttling", 400, kThrottled},
    AwsErrorRule{"ThrottledException", 400, kThrottled},
    AwsErrorRule{"RequestThrottled", 400, kThrottled},
    AwsErrorRule{"RequestThrottledException", 400, kThrottled},
    AwsErrorRule{"RequestLimitExceeded", 503, kThrottled},
    AwsErrorRule{"BandwidthLimitExceeded", 509, kThrottled},
    AwsErrorRule{"SlowDown", 503, kThrottled},
    AwsErrorRule{"EC2ThrottledException", 503, kThrottled},
    AwsErrorRule{"PriorRequestNotComplete", 400, kThrottled},
    AwsErrorRule{"ProvisionedThroughputExceededException", 400, kThrottled},
    AwsErrorRule{"TransactionInProgressException", 400, kThrottled},
    // Conflicts.
    AwsErrorRule{"ConflictException", 409, kExists},
    AwsErrorRule{"ResourceConflictException", 409, kExists},
    AwsErrorRule{"DuplicateResourceException", 409, kExists},
    AwsErrorRule{"IdempotencyException", 409, kExists},
    AwsErrorRule{"ConditionalOperationFailedException", 409, kBusy},
    AwsErrorRule{"ResourceInUseException", 409, kBusy},
    AwsErrorRule{"ResourceNotReadyException", 409, kBusy},
    // The service's own troubles.
    AwsErrorRule{"InternalServiceException", 500, kTransient},
    AwsErrorRule{"InternalServerException", 500, kTransient},
    AwsErrorRule{"InternalFailure", 500, kTransient},
    AwsErrorRule{"ServiceUnavailable", 503, kTransient},
    AwsErrorRule{"RequestTimeout", 408, kTransient},
    AwsErrorRule{"RequestTimeoutException", 408, kTransient},
    AwsErrorRule{"TimeoutError", 408, kTransient},
    AwsErrorRule{"RequestAbortedException", 400, kTransient},
    AwsErrorRule{"ResourceNotFoundException", 404, kNotFound},
    // Who we are and what we may do.
    AwsErrorRule{"AccessDeniedException", 403, kAuth, AuthHint::kPermission},
    AwsErrorRule{"AccessDenied", 403, kAuth, AuthHint::kPermission},
    AwsErrorRule{"NotAuthorized", 401, kAuth, AuthHint::kPermission},
    AwsErrorRule{"OptInRequired", 403, kAuth, AuthHint::kPermission},
    AwsErrorRule{"ExpiredTokenException", 403, kAuth, AuthHint::kCredential},
    AwsErrorRule{"ExpiredToken", 403, kAuth, AuthHint::kCredential},
    AwsErrorRule{"UnrecognizedClientException", 403, kAuth, AuthHint::kCredential},
    AwsErrorRule{"InvalidClientTokenId", 403, kAuth, AuthHint::kCredential},
    AwsErrorRule{"IncompleteSignature", 403, kAuth, AuthHint::kSignature},
    AwsErrorRule{"InvalidSignatureException", 403, kAuth, AuthHint::kSignature},
    AwsErrorRule{"SignatureDoesNotMatch", 403, kAuth, AuthHint::kSignature},
    AwsErrorRule{"MissingAuthenticationToken", 403, kAuth, AuthHint::kCredential},
    AwsErrorRule{"AuthFailure", 403, kAuth, AuthHint::kSignature},
    AwsErrorRule{"RequestExpired", 400, kAuth, AuthHint::kClock},
    AwsErrorRule{"RequestTimeTooSkewed", 403, kAuth, AuthHint::kClock},
    AwsErrorRule{"RequestInTheFuture", 403, kAuth, AuthHint::kClock},
    // Wrong as asked.
    AwsErrorRule{"InvalidParameterException", 400, kValidation},
    AwsErrorRule{"InvalidRequestException", 400, kValidation},
    AwsErrorRule{"ValidationException", 400, kValidation},
    AwsErrorRule{"ValidationError", 400, kValidation},
    AwsErrorRule{"PropertyValidationException", 400, kValidation},
    AwsErrorRule{"MalformedHttpRequestException", 400, kValidation},
    AwsErrorRule{"RequestEntityTooLargeException", 413, kValidation},
    // The endpoint does not know the call: a wrong endpoint or a bug, never an absent instance.
    AwsErrorRule{"UnknownOperationException", 404, kTerminal},
    AwsErrorRule{"ServiceQuotaExceededException", 402, kQuota},
};

constexpr std::array kSts{
    AwsErrorRule{"IDPCommunicationError", 400, kRefused},
    AwsErrorRule{"ExpiredTokenException", 400, kAuth, AuthHint::kCredential},
    AwsErrorRule{"InvalidIdentityToken", 400, kAuth, AuthHint::kCredential},
    AwsErrorRule{"IDPRejectedClaim", 403, kAuth, AuthHint::kPermission},
    AwsErrorRule{"MalformedPolicyDocument", 400, kAuth, AuthHint::kPermission},
    AwsErrorRule{"PackedPolicyTooLarge", 400, kAuth, AuthHint::kPermission},
    AwsErrorRule{"RegionDisabledException", 403, kAuth, AuthHint::kPermission},
};

const AwsErrorRule* Find(std::span<const AwsErrorRule> rules, std::string_view code) {
  const auto it = std::ranges::find(rules, code, &AwsErrorRule::code);
  return it == rules.end() ? nullptr : &*it;
}

ErrorClass ClassOf(AwsMeaning meaning, Effect effect) {
  switch (meaning) {
    case kThrottled:
      return ErrorClass::kThrottled;
    case kQuota:
      return ErrorClass::kQuota;
    case kBusy:
      return ErrorClass::kBusy;
    case kExists:
      return effect == Effect::kCreate ? ErrorClass::kTaken : ErrorClass::kBusy;
    case kTransient:
      return effect == Effect::kRead ? ErrorClass::kTransient : ErrorClass::kInDoubt;
    case kRefused:
      return ErrorClass::kTransient;
    case kNotFound:
      return effect == Effect::kCreate ? ErrorClass::kTerminal : ErrorClass::kNotFound;
    case kAuth:
      return ErrorClass::kAuth;
    case kValidation:
      return ErrorClass::kValidation;
    case kTerminal:
      return ErrorClass::kTerminal;
  }
  return ErrorClass::kTerminal;
}

AwsMeaning MeaningOfStatus(int http_status) {
  if (http_status >= 500) return kTransient;
  switch (http_status) {
    case 401:
    case 403:
      return kAuth;
    case 402:
      return kQuota;
    case 408:
      return kTransient;
    case 409:
      return kBusy;
    case 413:
      return kValidation;
    case 429:
      return kThrottled;
    default:
      return kTerminal;
  }
}

}  // namespace

std::span<const AwsErrorRule> CommonErrors() { return kCommon; }
std::span<const AwsErrorRule> StsErrors() { return kSts; }

AwsVerdict Classify(std::span<const AwsErrorRule> service_errors, Effect effect,
                    std::string_view code, int http_status) {
  const AwsErrorRule* rule = Find(service_errors, code);
  if (rule == nullptr) rule = Find(kCommon, code);
  if (rule == nullptr) {
    return {ClassOf(MeaningOfStatus(http_status), effect), AuthHint::kNone, CodeKnown::kNo};
  }
  return {ClassOf(rule->meaning, effect), rule->hint, CodeKnown::kYes};
}

}  // namespace instanced::aws
