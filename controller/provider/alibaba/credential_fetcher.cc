#include "controller/provider/alibaba/credential_fetcher.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "controller/http/trimmed.h"
#include "controller/provider/alibaba/lenient_json.h"
#include "controller/provider/alibaba/time_text.h"

namespace instanced::alibaba {
namespace {

using nlohmann::json;

constexpr std::string_view kOidcAction = "AssumeRoleWithOIDC";
constexpr std::string_view kRolePath = "/latest/meta-data/ram/security-credentials/";
constexpr Duration kLocalTimeout = std::chrono::seconds(1);
constexpr int kSessionSeconds = 3600;

// The members every source of temporary keys answers with.
Result<AccessKey> DecodeKey(const json& credentials, std::string_view origin) {
  AccessKey key;
  key.key.access_key_id = TextOf(credentials, "AccessKeyId");
  key.key.access_key_secret = TextOf(credentials, "AccessKeySecret");
  key.key.security_token = TextOf(credentials, "SecurityToken");
  key.expires_at = ParseUtcTime(TextOf(credentials, "Expiration"));
  if (key.key.access_key_id.empty() || key.key.access_key_secret.empty()) {
    return NoCredential(fmt::format("{} answered without an access key", origin));
  }
  return key;
}

Result<AccessKey> DecodeAssumed(const json& body) {
  const json* credentials = FindMember(body, "Credentials");
  return DecodeKey(credentials == nullptr ? json::object() : *credentials,
                   "the security token service");
}

RpcApi StsApi(const HttpEndpoint& endpoint) {
  return {"sts", std::string(kStsVersion), {}, endpoint, StsErrors()};
}

HttpRequest OidcRequest(const HttpEndpoint& sts, const OidcRole& role, const std::string& token,
                        WallTime now) {
  HttpRequest request{HttpMethod::kPost, sts.origin, {}, {}, {}};
  request.target = fmt::format("{}/?{}", sts.base_path,
                               CanonicalQuery({{"Action", std::string(kOidcAction)},
                                               {"Format", "JSON"},
                                               {"Version", std::string(kStsVersion)},
                                               {"Timestamp", FormatRfc3339(now)}}));
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                     {"Accept", "application/json"}};
  request.body = CanonicalQuery({{"RoleArn", role.role_arn},
                                 {"OIDCProviderArn", role.provider_arn},
                                 {"OIDCToken", token},
                                 {"RoleSessionName", role.session_name},
                                 {"DurationSeconds", std::to_string(kSessionSeconds)}});
  return request;
}

Result<void> CheckExchange(const CredentialEndpoints& endpoints) {
  if (!endpoints.token_exchange) return std::unexpected(endpoints.token_exchange.error());
  const HttpEndpoint& trusted = *endpoints.token_exchange;
  if (trusted.origin == endpoints.sts.origin && trusted.base_path == endpoints.sts.base_path) {
    return {};
  }
  return Fail(
      ErrorClass::kValidation, "TokenExchangeElsewhere",
      "the daemon's OIDC token is not sent to spec.alibaba.endpoints.sts: leave that out, or "
      "set the daemon's variable ALIBABA_CLOUD_ENDPOINT_STS to the same address");
}

// Unsigned, so that what is refused is the token: Auth, unless the service itself failed.
Result<AccessKey> DecodeOidc(const std::expected<HttpResponse, HttpError>& answer) {
  if (!answer) {
    Error error = TransportError(answer.error(), Effect::kRead);
    error.operation = "sts:AssumeRoleWithOIDC";
    return std::unexpected(std::move(error));
  }
  Envelope envelope = DecodeEnvelope(*answer);
  if (envelope.verdict == Verdict::kSuccess) return DecodeAssumed(envelope.body);
  Error error;
  const auto found =
      Classify(StsErrors(), kOidcAction, Subject::kAccount, envelope.code, envelope.status)
          .error_class;
  const bool may_pass = found == ErrorClass::kThrottled || found == ErrorClass::kTransient;
  error.error_class = may_pass ? found : ErrorClass::kAuth;
  error.code = envelope.code;
  error.message = fmt::format("the security token service refused the role: {}", envelope.code);
  error.operation = "sts:AssumeRoleWithOIDC";
  error.request_id = envelope.request_id;
  error.retry_after = envelope.retry_after;
  error.http_status = envelope.status;
  return std::unexpected(std::move(error));
}

}  // namespace

Task<Result<AccessKey>> CredentialFetcher::Fetch(CallContext context, CredentialPlan plan) {
  if (auto* key = std::get_if<SigningKey>(&plan)) {
    co_return AccessKey{std::move(*key), std::nullopt};
  }
  Task<Result<AccessKey>> fetch;
  if (auto* oidc = std::get_if<OidcRole>(&plan)) fetch = FetchOidc(context, std::move(*oidc));
  if (auto* role = std::get_if<AssumedRole>(&plan)) fetch = FetchAssumed(context, std::move(*role));
  if (auto* ecs = std::get_if<EcsRole>(&plan)) fetch = FetchEcs(context, std::move(*ecs));
  if (auto* uri = std::get_if<CredentialsUri>(&plan)) fetch = FetchUri(context, std::move(*uri));
  auto key = co_await fetch;
  co_return key;
}

Task<Result<AccessKey>> CredentialFetcher::FetchOidc(CallContext context, OidcRole role) {
  if (auto checked = CheckExchange(endpoints_); !checked) {
    co_return std::unexpected(std::move(checked.error()));
  }
  auto token = ReadCredentialFile(role.token_file);
  if (!token) co_return std::unexpected(std::move(token.error()));
  if (auto slot = gate_.Enter(context, kOidcAction); !slot) {
    co_return std::unexpected(std::move(slot.error()));
  }
  const MonotonicTime start = transport_.clock.Now();
  auto send = transport_.http.Send(OidcRequest(endpoints_.sts, role, std::string(Trimmed(*token)),
                                               transport_.server_clock.Now()),
                                   context.deadline, context.stop);
  auto answer = co_await send;
  auto key = DecodeOidc(answer);
  CallOutcome outcome;
  outcome.latency = transport_.clock.Now() - start;
  if (!key) {
    outcome.error_class = key.error().error_class;
    outcome.code = key.error().code;
    outcome.retry_after = key.error().retry_after;
  }
  gate_.Leave(context, kOidcAction, outcome);
  co_return key;
}

Task<Result<AccessKey>> CredentialFetcher::FetchAssumed(CallContext context, AssumedRole role) {
  auto base = std::make_shared<FixedAccessKey>(std::move(role.base));
  RpcClient client(transport_, StsApi(endpoints_.sts), gate_, std::move(base));
  RpcCall call{"AssumeRole", {}, Effect::kRead, Subject::kAccount};
  call.parameters["RoleArn"] = role.role_arn;
  call.parameters["RoleSessionName"] = role.session_name;
  call.parameters["DurationSeconds"] = std::to_string(kSessionSeconds);
  auto task = client.Call(std::move(context), std::move(call));
  auto answer = co_await task;
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  co_return DecodeAssumed(*answer);
}

Task<Result<HttpResponse>> CredentialFetcher::SendLocal(CallContext context, HttpRequest request) {
  const MonotonicTime deadline = std::min(context.deadline, transport_.clock.Now() + kLocalTimeout);
  auto send = transport_.http.Send(std::move(request), deadline, context.stop);
  auto answer = co_await send;
  if (!answer) co_return std::unexpected(TransportError(answer.error(), Effect::kRead));
  co_return *std::move(answer);
}

Task<Result<std::string>> CredentialFetcher::MetadataToken(CallContext context) {
  HttpRequest request{HttpMethod::kPut,
                      endpoints_.metadata.origin,
                      endpoints_.metadata.base_path + "/latest/api/token",
                      {},
                      {}};
  request.headers.emplace_back("X-aliyun-ecs-metadata-token-ttl-seconds", "21600");
  auto send = SendLocal(std::move(context), std::move(request));
  auto answer = co_await send;
  if (answer && answer->status == 200) co_return std::string(Trimmed(answer->body));
  if (endpoints_.fallback == MetadataFallback::kAllowV1) co_return std::string();
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  co_return NoCredential("the metadata service gives no token");
}

Task<Result<std::string>> CredentialFetcher::MetadataText(CallContext context, std::string path,
                                                          std::string token) {
  HttpRequest request{
      HttpMethod::kGet, endpoints_.metadata.origin, endpoints_.metadata.base_path + path, {}, {}};
  if (!token.empty()) request.headers.emplace_back("X-aliyun-ecs-metadata-token", token);
  auto send = SendLocal(std::move(context), std::move(request));
  auto answer = co_await send;
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  if (answer->status != 200) co_return NoCredential("the metadata service names no RAM role");
  co_return std::move(answer->body);
}

Task<Result<AccessKey>> CredentialFetcher::FetchEcs(CallContext context, EcsRole role) {
  auto token_task = MetadataToken(context);
  auto token = co_await token_task;
  if (!token) co_return std::unexpected(std::move(token.error()));
  if (role.role_name.empty()) {
    auto name_task = MetadataText(context, std::string(kRolePath), *token);
    auto name = co_await name_task;
    if (!name) co_return std::unexpected(std::move(name.error()));
    role.role_name = Trimmed(*name);
  }
  auto text_task =
      MetadataText(context, std::string(kRolePath) + PercentEncode(role.role_name), *token);
  auto text = co_await text_task;
  if (!text) co_return std::unexpected(std::move(text.error()));
  const json body = json::parse(*text, nullptr, /*allow_exceptions=*/false);
  if (TextOf(body, "Code") != "Success") {
    co_return NoCredential("the metadata service has no key for the RAM role");
  }
  co_return DecodeKey(body, "the metadata service");
}

Task<Result<AccessKey>> CredentialFetcher::FetchUri(CallContext context, CredentialsUri uri) {
  auto endpoint = ParseEndpoint(uri.url);
  if (!endpoint) {
    co_return NoCredential("ALIBABA_CLOUD_CREDENTIALS_URI is not a plain http or https URL");
  }
  HttpRequest request{HttpMethod::kGet, endpoint->origin, endpoint->base_path, {}, {}};
  if (request.target.empty()) request.target = "/";
  auto send = SendLocal(std::move(context), std::move(request));
  auto answer = co_await send;
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  if (answer->status != 200) co_return NoCredential("the credentials URI gives no key");
  const json body = json::parse(answer->body, nullptr, /*allow_exceptions=*/false);
  co_return DecodeKey(body, "the credentials URI");
}

}  // namespace instanced::alibaba
