#include "controller/provider/aws/aws_errors.h"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "controller/provider/aws/connect/connect_errors.h"
#include "controller/provider/aws/sts.h"
#include "controller/provider/aws/supplychain/supplychain_errors.h"

namespace instanced::aws {
namespace {

using enum ErrorClass;

// The reaction to one code, for reading, creating and changing; written down apart from the tables.
struct Expected {
  std::string code;
  int status;
  ErrorClass read;
  ErrorClass create;
  ErrorClass change;
};

Expected Same(std::string code, int status, ErrorClass all) {
  return {std::move(code), status, all, all, all};
}
Expected Trouble(std::string code, int status) {
  return {std::move(code), status, kTransient, kInDoubt, kInDoubt};
}
Expected Exists(std::string code) { return {std::move(code), 409, kBusy, kTaken, kBusy}; }

void Check(const std::vector<Expected>& expected, decltype(&ClassifyConnect) classify,
           std::span<const AwsErrorRule> table) {
  std::set<std::string> walked;
  for (const auto& [code, status, read, create, change] : expected) {
    EXPECT_EQ(classify(Effect::kRead, code, status, "").error_class, read) << code;
    EXPECT_EQ(classify(Effect::kCreate, code, status, "").error_class, create) << code;
    EXPECT_EQ(classify(Effect::kChange, code, status, "").error_class, change) << code;
    EXPECT_EQ(classify(Effect::kRead, code, status, "").known, CodeKnown::kYes) << code;
    walked.insert(code);
  }
  for (const AwsErrorRule& rule : table) {
    EXPECT_TRUE(walked.contains(std::string(rule.code))) << rule.code << " has no expectation";
  }
}

TEST(ConnectErrors, EveryModelledErrorHasItsClass) {
  Check({Trouble("InternalServiceException", 500),
         Same("InvalidRequestException", 400, kValidation),
         Same("InvalidParameterException", 400, kValidation),
         Same("PropertyValidationException", 400, kValidation),
         {"ResourceNotFoundException", 404, kNotFound, kTerminal, kNotFound},
         Same("ServiceQuotaExceededException", 402, kQuota),
         Same("ThrottlingException", 429, kThrottled),
         Same("TooManyRequestsException", 429, kThrottled),
         Same("LimitExceededException", 429, kThrottled),
         Same("AccessDeniedException", 403, kAuth),
         Exists("DuplicateResourceException"),
         Exists("IdempotencyException"),
         Exists("ResourceConflictException"),
         Exists("ConflictException"),
         Same("ConditionalOperationFailedException", 409, kBusy),
         Same("ResourceInUseException", 409, kBusy),
         Same("ResourceNotReadyException", 409, kBusy)},
        ClassifyConnect, ConnectErrors());
}

TEST(SupplyChainErrors, EveryModelledErrorHasItsClass) {
  Check({Same("AccessDeniedException", 403, kAuth),
         Exists("ConflictException"),
         Trouble("InternalServerException", 500),
         {"ResourceNotFoundException", 404, kNotFound, kTerminal, kNotFound},
         Same("ServiceQuotaExceededException", 402, kQuota),
         Same("ThrottlingException", 429, kThrottled),
         Same("ValidationException", 400, kValidation)},
        ClassifySupplyChain, SupplyChainErrors());
}

TEST(StsErrors, EveryModelledErrorHasItsClass) {
  Check({Same("IDPCommunicationError", 400, kTransient), Same("ExpiredTokenException", 400, kAuth),
         Same("InvalidIdentityToken", 400, kAuth), Same("IDPRejectedClaim", 403, kAuth),
         Same("MalformedPolicyDocument", 400, kAuth), Same("PackedPolicyTooLarge", 400, kAuth),
         Same("RegionDisabledException", 403, kAuth)},
        ClassifySts, StsErrors());
}

TEST(CommonErrors, EveryDocumentedErrorHasItsClass) {
  std::vector<Expected> expected{
      Exists("ConflictException"),
      Exists("ResourceConflictException"),
      Exists("DuplicateResourceException"),
      Exists("IdempotencyException"),
      Same("ConditionalOperationFailedException", 409, kBusy),
      Same("ResourceInUseException", 409, kBusy),
      Same("ResourceNotReadyException", 409, kBusy),
      {"ResourceNotFoundException", 404, kNotFound, kTerminal, kNotFound},
      Same("UnknownOperationException", 404, kTerminal),
      Same("ServiceQuotaExceededException", 402, kQuota),
      Same("RequestEntityTooLargeException", 413, kValidation)};
  for (const char* code :
       {"ThrottlingException", "TooManyRequestsException", "LimitExceededException", "Throttling",
        "ThrottledException", "RequestThrottled", "RequestThrottledException",
        "RequestLimitExceeded", "BandwidthLimitExceeded", "SlowDown", "EC2ThrottledException",
        "PriorRequestNotComplete", "ProvisionedThroughputExceededException",
        "TransactionInProgressException"}) {
    // A named throttle proves that nothing was done, also as a 503.
    expected.push_back(Same(code, 503, kThrottled));
  }
  for (const char* code : {"InternalServiceException", "InternalServerException", "InternalFailure",
                           "ServiceUnavailable", "RequestTimeout", "RequestTimeoutException",
                           "TimeoutError", "RequestAbortedException"}) {
    expected.push_back(Trouble(code, 503));
  }
  for (const char* code :
       {"AccessDeniedException", "AccessDenied", "NotAuthorized", "OptInRequired",
        "ExpiredTokenException", "ExpiredToken", "UnrecognizedClientException",
        "InvalidClientTokenId", "IncompleteSignature", "InvalidSignatureException",
        "SignatureDoesNotMatch", "MissingAuthenticationToken", "AuthFailure", "RequestExpired",
        "RequestTimeTooSkewed", "RequestInTheFuture"}) {
    expected.push_back(Same(code, 403, kAuth));
  }
  for (const char* code :
       {"InvalidParameterException", "InvalidRequestException", "ValidationException",
        "ValidationError", "PropertyValidationException", "MalformedHttpRequestException"}) {
    expected.push_back(Same(code, 400, kValidation));
  }
  Check(expected, ClassifySupplyChain, CommonErrors());
}

TEST(ConnectErrors, AnAliasInUseIsTakenOnCreateOnly) {
  const std::string message = "Invalid Input. Instance alias is already used.";
  EXPECT_EQ(ClassifyConnect(Effect::kCreate, "InvalidRequestException", 400, message).error_class,
            kTaken);
  EXPECT_EQ(ClassifyConnect(Effect::kChange, "InvalidRequestException", 400, message).error_class,
            kValidation);
  EXPECT_EQ(ClassifyConnect(Effect::kCreate, "InvalidRequestException", 400,
                            "Invalid Input. Instance alias is too long.")
                .error_class,
            kValidation);
}

TEST(UnknownCodes, AreJudgedByStatusAndNeverGone) {
  const std::vector<Expected> expected{
      Same("New", 429, kThrottled), Same("New", 402, kQuota),      Same("New", 401, kAuth),
      Same("New", 403, kAuth),      Same("New", 404, kTerminal),   Same("New", 400, kTerminal),
      Same("New", 409, kBusy),      Same("New", 413, kValidation), Trouble("New", 408),
      Trouble("New", 500),          Trouble("New", 599),           Same("New", 307, kTerminal)};
  for (const auto& [code, status, read, create, change] : expected) {
    EXPECT_EQ(ClassifyConnect(Effect::kRead, code, status, "").error_class, read) << status;
    EXPECT_EQ(ClassifyConnect(Effect::kCreate, code, status, "").error_class, create) << status;
    EXPECT_EQ(ClassifyConnect(Effect::kChange, code, status, "").error_class, change) << status;
    EXPECT_EQ(ClassifyConnect(Effect::kRead, code, status, "").known, CodeKnown::kNo);
  }
}

}  // namespace
}  // namespace instanced::aws
