#include "controller/provider/aws/credentials/credential_fetcher.h"

#include "controller/provider/aws/aws_time.h"
#include "controller/provider/aws/rest_json.h"

namespace instanced::aws {

std::string_view Variable(const EnvironmentVariables& environment, const std::string& name) {
  const auto it = environment.find(name);
  return it == environment.end() ? std::string_view{} : std::string_view(it->second);
}

Result<AwsCredentials> ParseCredentialDocument(const HttpResponse& response,
                                               std::string_view source) {
  const std::string where(source);
  const auto body = ParseJsonBody(response.body);
  if (response.status != 200) {
    std::string message = where + " refused with HTTP " + std::to_string(response.status);
    const std::string reason = body ? StringOr(*body, "Message", "") : "";
    if (!reason.empty()) message.append(": ").append(SanitizeMessage(reason));
    const bool refused = response.status >= 400 && response.status < 500;
    return Fail(refused ? ErrorClass::kAuth : ErrorClass::kTransient, "CredentialSourceRefused",
                std::move(message));
  }
  if (!body) {
    return Fail(ErrorClass::kTransient, "CredentialSourceUnreadable",
                where + " answered something that is not a JSON object");
  }
  AwsCredentials credentials{.access_key_id = StringOr(*body, "AccessKeyId", ""),
                             .secret_access_key = StringOr(*body, "SecretAccessKey", ""),
                             .session_token = StringOr(*body, "Token", ""),
                             .expires_at = ParseIso8601(StringOr(*body, "Expiration", ""))};
  if (credentials.access_key_id.empty() || credentials.secret_access_key.empty()) {
    return Fail(ErrorClass::kAuth, "CredentialSourceUnreadable", where + " answered without a key");
  }
  return credentials;
}

Error UnreachableSource(const HttpError& error, std::string_view source) {
  Error out;
  out.error_class =
      error.failure == HttpFailure::kStopped ? ErrorClass::kCancelled : ErrorClass::kTransient;
  out.code = "CredentialSourceUnreachable";
  out.message = std::string(source) + " does not answer: " + std::string(ToString(error.failure));
  out.reach = Reach::kNotSent;
  return out;
}

}  // namespace instanced::aws
