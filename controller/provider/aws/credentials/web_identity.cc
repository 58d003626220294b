#include "controller/provider/aws/credentials/web_identity.h"

#include <utility>

#include <fmt/format.h>

#include "controller/http/trimmed.h"
#include "controller/provider/aws/sts.h"

namespace instanced::aws {
namespace {

constexpr std::size_t kIdentityTokenMin = 4;
constexpr std::size_t kIdentityTokenMax = 20000;

Result<std::string> ReadToken(const CredentialTools& tools, const std::string& path) {
  auto text = tools.files.Read(path);
  if (!text) {
    Error error = text.error();
    error.error_class = ErrorClass::kAuth;
    return std::unexpected(std::move(error));
  }
  text = std::string(Trimmed(*text));
  if (text->size() < kIdentityTokenMin || text->size() > kIdentityTokenMax) {
    return Fail(ErrorClass::kAuth, "IdentityTokenUnusable",
                "the identity token file " + path + " holds no usable token");
  }
  return text;
}

Result<void> CheckExchange(const CredentialTools& tools) {
  if (!tools.token_exchange) return std::unexpected(tools.token_exchange.error());
  const HttpEndpoint& trusted = *tools.token_exchange;
  if (trusted.origin == tools.sts.origin && trusted.base_path == tools.sts.base_path) return {};
  return Fail(
      ErrorClass::kValidation, "TokenExchangeElsewhere",
      "the daemon's identity token is not sent to spec.aws.endpoints.sts: leave that out, or "
      "set the daemon's variable AWS_ENDPOINT_URL_STS to the same address");
}

}  // namespace

Task<Result<AwsCredentials>> FetchWebIdentity(const CredentialTools& tools, CallContext context,
                                              WebIdentitySource source) {
  if (auto checked = CheckExchange(tools); !checked) co_return std::unexpected(checked.error());
  auto token = ReadToken(tools, source.token_file);
  if (!token) co_return std::unexpected(token.error());
  WebIdentity identity{.role_arn = std::move(source.role_arn),
                       .session_name = std::move(source.session_name),
                       .token = std::move(*token)};
  if (identity.session_name.empty()) {
    identity.session_name = fmt::format("instanced-{:016x}", tools.random.Next());
  }
  ApiCall call{.operation = "AssumeRoleWithWebIdentity",
               .effect = Effect::kRead,
               .request = AssumeRoleWithWebIdentityRequest(tools.sts, identity)};
  // The token is a secret too: hidden from messages like a session token, and not signed with.
  AwsCredentials hidden;
  hidden.session_token = identity.token;
  auto sending = tools.sts_transport.Send(std::move(context), std::move(call), std::move(hidden));
  auto answer = co_await sending;
  if (!answer) co_return std::unexpected(answer.error().error);
  co_return ParseAssumedRole(answer->body);
}

}  // namespace instanced::aws
