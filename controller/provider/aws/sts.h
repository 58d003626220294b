// AWS STS: requests and answers of AssumeRoleWithWebIdentity and GetCallerIdentity. Pure.
//
// Facts: protocol awsQuery, version 2011-06-15: a form body, XML answers and errors.
// AssumeRoleWithWebIdentity is not signed; GetCallerIdentity is, and needs no permission.
#pragma once

#include <string>
#include <string_view>

#include "api/error/error.h"
#include "controller/http/http_client.h"
#include "controller/provider/aws/aws_credentials.h"
#include "controller/provider/aws/aws_errors.h"
#include "controller/provider/aws/rest_json.h"

namespace instanced::aws {

struct CallerIdentity {
  std::string account_id;
  std::string arn;
};

struct WebIdentity {
  std::string role_arn;
  std::string session_name;  // 2..64 of [\w+=,.@-]
  std::string token;
};

HttpRequest GetCallerIdentityRequest(const HttpEndpoint& sts);
HttpRequest AssumeRoleWithWebIdentityRequest(const HttpEndpoint& sts, const WebIdentity& identity);

// An answer that cannot be read is Transient.
Result<CallerIdentity> ParseCallerIdentity(std::string_view xml);
Result<AwsCredentials> ParseAssumedRole(std::string_view xml);
AwsFailure ParseStsFailure(const HttpResponse& response);

AwsVerdict ClassifySts(Effect effect, std::string_view code, int http_status,
                       std::string_view message);

}  // namespace instanced::aws
