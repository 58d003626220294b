#include "controller/provider/alibaba/error_table.h"

#include <gtest/gtest.h>

#include "controller/provider/alibaba/ccc/ccc_codec.h"
#include "controller/provider/alibaba/outboundbot/outbound_bot_codec.h"

namespace instanced::alibaba {
namespace {

using enum ErrorClass;
using enum Reaction;

struct Expected {
  std::string code;
  int status;
  ErrorClass error_class;
  Reaction reaction = kNone;
};

void Check(std::span<const ErrorRow> rows, std::string_view operation,
           const std::vector<Expected>& table, Subject subject = Subject::kInstance) {
  for (const Expected& expected : table) {
    const auto found = Classify(rows, operation, subject, expected.code, expected.status);
    EXPECT_EQ(ToString(found.error_class), ToString(expected.error_class)) << expected.code;
    EXPECT_EQ(found.reaction, expected.reaction) << expected.code;
    EXPECT_TRUE(found.is_listed) << expected.code;
  }
}

TEST(AlibabaErrors, EveryCommonCodeHasItsClassAndReaction) {
  Check({}, "GetInstance",
        {{"Throttling", 400, kThrottled},
         {"Throttling.User", 400, kThrottled},
         {"Throttling.Api", 429, kThrottled},
         {"ServiceUnavailable", 503, kTransient},
         {"InternalError", 500, kTransient},
         {"UnknownError", 500, kTransient},
         {"SignatureNonceUsed", 400, kTransient},
         {"InvalidAccessKeyId.NotFound", 404, kAuth, kRefreshCredential},
         {"InvalidAccessKeyId.Inactive", 400, kAuth, kRefreshCredential},
         {"SignatureDoesNotMatch", 403, kAuth, kRefreshCredential},
         {"IncompleteSignature", 400, kAuth, kRefreshCredential},
         {"InvalidSignatureMethod", 400, kTerminal},
         {"InvalidTimeStamp.Expired", 400, kAuth, kCorrectClock},
         {"InvalidTimeStamp.Format", 400, kAuth, kCorrectClock},
         {"IllegalTimestamp", 400, kAuth, kCorrectClock},
         {"InvalidSecurityToken.Expired", 400, kAuth, kRefreshCredential},
         {"InvalidSecurityToken.Malformed", 400, kAuth, kRefreshCredential},
         {"InvalidSecurityToken.MismatchWithAccessKey", 400, kAuth, kRefreshCredential},
         {"MissingSecurityToken", 400, kAuth, kRefreshCredential},
         {"Forbidden", 403, kAuth},
         {"Forbidden.RAM", 403, kAuth},
         {"Forbidden.NoAuth", 403, kAuth},
         {"Forbedden.NotSupportRAM", 403, kAuth},
         {"Forbidden.RiskControl", 403, kAuth},
         {"Forbidden.UserVerification", 403, kAuth},
         {"NoPermission", 403, kAuth},
         {"ActionUnauthorized", 403, kAuth},
         {"InsufficientBalance", 400, kQuota},
         {"MissingParameter", 400, kValidation},
         {"MissingInstanceId", 400, kValidation},
         {"InvalidParameter", 400, kValidation},
         {"InvalidParameter.Format", 400, kValidation},
         {"InvalidInstanceName", 400, kValidation},
         {"UnsupportedParameter", 400, kValidation},
         {"RepeatedName", 400, kValidation},
         {"UnsupportedOperation", 400, kTerminal},
         {"InvalidAction", 400, kTerminal},
         {"InvalidAction.NotFound", 404, kTerminal},
         {"InvalidApi.NotFound", 404, kTerminal},
         {"InvalidProduct.NotFound", 404, kTerminal},
         {"NoSuchVersion", 404, kTerminal},
         {"InvalidVersion", 400, kTerminal},
         {"UnsupportedHTTPMethod", 400, kTerminal},
         {"InvalidProtocol.NeedSsl", 400, kTerminal},
         {"Forbidden.InstanceNotFound", 404, kNotFound},
         {"InvalidInstanceId.NotFound", 404, kNotFound},
         {"InstanceNotFound", 404, kNotFound},
         {"NotExist.Instance", 404, kNotFound},
         {"NotExists.InstanceId", 404, kNotFound},
         {"DependencyViolation.Number", 400, kBusy}});
}

TEST(AlibabaErrors, EveryCccCodeHasItsClass) {
  Check(CccErrors(), "GetInstance",
        {{"NotExists.InstanceId", 404, kNotFound},
         {"NotExists.Number", 404, kValidation},
         {"NotExists.UserId", 404, kValidation},
         {"NotExists.SkillGroupId", 404, kValidation},
         {"NotExists.RoleId", 404, kValidation},
         {"NotExists.JobId", 404, kValidation},
         {"NotExists.ChannelId", 404, kValidation},
         {"NotExists.Extension", 404, kValidation},
         {"AlreadyExists.InstanceId", 409, kTaken},
         {"AlreadyExists.User", 409, kBusy},
         {"AlreadyExists.SkillGroupId", 409, kBusy},
         {"Parameter.Blank", 400, kValidation},
         {"Parameter.Empty", 400, kValidation},
         {"Parameter.Null", 400, kValidation},
         {"Parameter.Format", 400, kValidation},
         {"Parameter.Enumeration", 400, kValidation},
         {"Parameter.Maximum", 400, kValidation},
         {"Parameter.Minimum", 400, kValidation},
         {"Parameter.Invalid", 400, kValidation},
         {"InUse.SkillGroup", 400, kBusy},
         {"UserBusy", 400, kBusy},
         {"Permission.Common", 403, kAuth},
         {"Permission.User", 403, kAuth},
         {"Permission.SkillGroup", 403, kAuth},
         {"Permission.StsToken", 403, kAuth, kRefreshCredential},
         {"InternalService.Common", 500, kTransient},
         {"InternalService.DB", 500, kTransient}});
}

TEST(AlibabaErrors, ClosedCccCallsAreNotOfferedAndReadsOfThemAreTerminal) {
  for (const std::string code :
       {"InvalidApi.NotFound", "InvalidAction.NotFound", "InvalidAction", "InvalidVersion",
        "InvalidVersion.NotFound", "NoSuchVersion", "UnsupportedOperation"}) {
    Check(CccErrors(), "CreateInstance", {{code, 404, kNotOffered}}, Subject::kAccount);
    Check(CccErrors(), "DeleteInstance", {{code, 404, kNotOffered}});
    Check(CccErrors(), "GetInstance", {{code, 404, kTerminal}});
  }
  for (const std::string code : {"Forbidden.UnsupportedOperation", "Forbidden.NotSupportApi",
                                 "Forbidden.NotOpen", "Forbidden.ApiClosed"}) {
    Check(CccErrors(), "CreateInstance", {{code, 403, kNotOffered}}, Subject::kAccount);
    Check(CccErrors(), "DeleteInstance", {{code, 403, kNotOffered}});
    Check(CccErrors(), "GetInstance", {{code, 403, kAuth}});
  }
  Check(CccErrors(), "DeleteInstance", {{"Forbidden.RAM", 403, kAuth}});
  Check(CccErrors(), "CreateInstance", {{"AlreadyExists.DomainName", 409, kTaken}});
}

TEST(AlibabaErrors, EveryOutboundBotCodeHasItsClass) {
  Check(OutboundBotErrors(), "DescribeInstance",
        {{"InvalidInstanceName.Duplicated", 400, kTaken},
         {"LimitExceeded.ConcurrentConversation", 400, kQuota},
         {"LimitExceeded.Instance", 400, kQuota},
         {"NotExist.Instance", 404, kNotFound},
         {"NotExists.Instance", 404, kNotFound},
         {"InternalError", 500, kTransient}});
  Check(OutboundBotErrors(), "ChangeResourceGroup",
        {{"InvalidResourceGroup.NotFound", 404, kValidation},
         {"NotExist.ResourceGroup", 404, kValidation},
         {"EntityNotExist.ResourceGroup", 404, kValidation}});
}

TEST(AlibabaErrors, StsFailuresAreOfTheCredential) {
  Check(StsErrors(), "AssumeRole",
        {{"EntityNotExist.Role", 404, kAuth}, {"AuthenticationFail.OIDCToken.Expired", 400, kAuth}},
        Subject::kAccount);
}

TEST(AlibabaErrors, WhatACallWithoutInstanceMissesIsAMistakeInTheRequest) {
  Check(CccErrors(), "CreateInstance", {{"NotExists.InstanceId", 404, kValidation}},
        Subject::kAccount);
}

TEST(AlibabaErrors, OnlyAMissingInstanceIsGone) {
  for (const auto& [api, read] : {std::pair{CccErrors(), "GetInstance"},
                                  std::pair{OutboundBotErrors(), "DescribeInstance"}}) {
    Check(api, read,
          {{"NotExist.Instance", 404, kNotFound},
           {"NotExists.InstanceId", 404, kNotFound},
           {"InvalidInstance.NotFound", 404, kNotFound},
           {"InvalidInstanceId.NotFound", 404, kNotFound},
           {"Forbidden.InstanceNotFound", 404, kNotFound},
           {"InvalidResourceGroup.NotFound", 404, kBusy},
           {"EntityNotExist.User", 404, kBusy},
           {"NotExist.Tenant", 404, kBusy},
           {"ServiceNotFound", 404, kBusy}});
    Check(api, "CreateInstance", {{"ServiceNotFound", 404, kValidation}}, Subject::kAccount);
  }
}

TEST(AlibabaErrors, UnlistedCodesAreJudgedByStatusAndNeverAsGone) {
  const std::vector<std::pair<int, ErrorClass>> table{
      {400, kValidation}, {401, kAuth},      {402, kQuota},    {403, kAuth},
      {404, kTerminal},   {408, kTransient}, {409, kBusy},     {429, kThrottled},
      {500, kTransient},  {503, kTransient}, {302, kTerminal}, {200, kTransient}};
  for (const auto& [status, error_class] : table) {
    const auto found = Classify(CccErrors(), "GetInstance", Subject::kInstance, "NewCode", status);
    EXPECT_EQ(found.error_class, error_class) << status;
    EXPECT_FALSE(found.is_listed);
  }
}

TEST(AlibabaErrors, OnlyAMutatingCallWithoutADefiniteRefusalIsInDoubt) {
  EXPECT_EQ(WithDoubt(kTransient, Effect::kRead, 500), kTransient);
  EXPECT_EQ(WithDoubt(kTransient, Effect::kMutate, 500), kInDoubt);
  EXPECT_EQ(WithDoubt(kTransient, Effect::kMutate, 408), kInDoubt);
  EXPECT_EQ(WithDoubt(kTransient, Effect::kMutate, 200), kInDoubt);
  EXPECT_EQ(WithDoubt(kTransient, Effect::kMutate, 400), kTransient);
  EXPECT_EQ(WithDoubt(kThrottled, Effect::kMutate, 503), kThrottled);
}

}  // namespace
}  // namespace instanced::alibaba
