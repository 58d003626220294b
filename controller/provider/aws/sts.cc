#include "controller/provider/aws/sts.h"

#include <pugixml.hpp>

#include "controller/provider/aws/aws_time.h"
#include "controller/provider/aws/sigv4.h"

namespace instanced::aws {
namespace {

HttpRequest FormRequest(const HttpEndpoint& sts, std::string body) {
  HttpRequest request{
      .method = HttpMethod::kPost,
      .origin = sts.origin,
      .target = sts.base_path + "/",
      .headers = {{"Content-Type", "application/x-www-form-urlencoded"}, {"Accept", "text/xml"}},
      .body = std::move(body)};
  return request;
}

Error Unreadable(std::string_view operation) {
  Error error;
  error.error_class = ErrorClass::kTransient;
  error.code = "UnreadableAnswer";
  error.message = "STS answered in a form that cannot be read";
  error.operation = operation;
  return error;
}

std::string Text(const pugi::xml_node& node, const char* child) {
  return node.child(child).text().as_string();
}

}  // namespace

HttpRequest GetCallerIdentityRequest(const HttpEndpoint& sts) {
  return FormRequest(sts, "Action=GetCallerIdentity&Version=2011-06-15");
}

HttpRequest AssumeRoleWithWebIdentityRequest(const HttpEndpoint& sts, const WebIdentity& identity) {
  std::string body = "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=";
  body.append(PercentEncode(identity.role_arn));
  body.append("&RoleSessionName=").append(PercentEncode(identity.session_name));
  body.append("&WebIdentityToken=").append(PercentEncode(identity.token));
  return FormRequest(sts, std::move(body));
}

Result<CallerIdentity> ParseCallerIdentity(std::string_view xml) {
  pugi::xml_document document;
  document.load_buffer(xml.data(), xml.size());
  const auto result = document.child("GetCallerIdentityResponse").child("GetCallerIdentityResult");
  CallerIdentity identity{.account_id = Text(result, "Account"), .arn = Text(result, "Arn")};
  if (identity.account_id.empty()) return std::unexpected(Unreadable("sts:GetCallerIdentity"));
  return identity;
}

Result<AwsCredentials> ParseAssumedRole(std::string_view xml) {
  pugi::xml_document document;
  document.load_buffer(xml.data(), xml.size());
  const auto node = document.child("AssumeRoleWithWebIdentityResponse")
                        .child("AssumeRoleWithWebIdentityResult")
                        .child("Credentials");
  AwsCredentials credentials{.access_key_id = Text(node, "AccessKeyId"),
                             .secret_access_key = Text(node, "SecretAccessKey"),
                             .session_token = Text(node, "SessionToken"),
                             .expires_at = ParseIso8601(Text(node, "Expiration"))};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty() ||
      credentials.session_token.empty() || !credentials.expires_at) {
    return std::unexpected(Unreadable("sts:AssumeRoleWithWebIdentity"));
  }
  return credentials;
}

AwsFailure ParseStsFailure(const HttpResponse& response) {
  // A gateway in front of STS may answer in JSON or HTML.
  AwsFailure failure = ParseRestJsonFailure(response);
  pugi::xml_document document;
  document.load_buffer(response.body.data(), response.body.size());
  const auto root = document.child("ErrorResponse");
  const auto error = root.child("Error");
  const std::string code = SanitizeCode(Text(error, "Code"));
  if (!code.empty()) failure.code = code;
  if (error) failure.message = SanitizeMessage(Text(error, "Message"));
  if (failure.request_id.empty()) failure.request_id = SanitizeMessage(Text(root, "RequestId"));
  return failure;
}

AwsVerdict ClassifySts(Effect effect, std::string_view code, int http_status,
                       std::string_view /*message*/) {
  return Classify(StsErrors(), effect, code, http_status);
}

}  // namespace instanced::aws
