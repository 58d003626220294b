#include "controller/provider/aws/credentials/instance_metadata.h"

#include <algorithm>
#include <utility>

#include "controller/provider/aws/sigv4.h"

namespace instanced::aws {
namespace {

constexpr std::string_view kSource = "instance metadata";
constexpr std::string_view kRolePath = "/latest/meta-data/iam/security-credentials/";
using HttpAnswer = std::expected<HttpResponse, HttpError>;

bool IsTrue(std::string_view text) {
  constexpr std::string_view kTrue = "true";
  return std::ranges::equal(text, kTrue, [](char a, char b) { return (a | 0x20) == b; });
}

Error NoInstanceMetadata(std::string message) {
  return Fail(ErrorClass::kAuth, "NoInstanceMetadata", std::move(message)).error();
}

Task<HttpAnswer> Ask(const CredentialTools& tools, CallContext context, HttpRequest request) {
  const auto deadline = std::min(context.deadline, tools.clock.Now() + tools.metadata_deadline);
  auto sending = tools.http.Send(std::move(request), deadline, context.stop);
  auto answer = co_await sending;
  co_return answer;
}

HttpRequest Get(const HttpEndpoint& endpoint, std::string path, const std::string& token) {
  HttpRequest request{.method = HttpMethod::kGet,
                      .origin = endpoint.origin,
                      .target = endpoint.base_path + path,
                      .headers = {},
                      .body = {}};
  if (!token.empty()) request.headers.emplace_back("x-aws-ec2-metadata-token", token);
  return request;
}

// The session token; empty when only version 1 is offered.
Task<Result<std::string>> FetchToken(const CredentialTools& tools, CallContext context,
                                     HttpEndpoint endpoint) {
  HttpRequest request{.method = HttpMethod::kPut,
                      .origin = endpoint.origin,
                      .target = endpoint.base_path + "/latest/api/token",
                      .headers = {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}},
                      .body = {}};
  auto asking = Ask(tools, std::move(context), std::move(request));
  const HttpAnswer answer = co_await asking;
  if (answer && answer->status == 200 && !answer->body.empty()) co_return answer->body;
  if (!answer && answer.error().failure == HttpFailure::kStopped) {
    co_return std::unexpected(UnreachableSource(answer.error(), kSource));
  }
  const bool absent = !answer && answer.error().failure != HttpFailure::kDeadline;
  if (absent) co_return std::unexpected(NoInstanceMetadata("instance metadata is out of reach"));
  const int status = answer ? answer->status : 0;
  const bool old = !answer || status == 403 || status == 404 || status == 405;
  if (!old) {
    co_return Fail(ErrorClass::kTransient, "CredentialSourceRefused",
                   "instance metadata refused a token with HTTP " + std::to_string(status));
  }
  if (IsTrue(Variable(tools.environment, "AWS_EC2_METADATA_V1_DISABLED"))) {
    co_return std::unexpected(NoInstanceMetadata("instance metadata offers no token"));
  }
  co_return std::string();
}

Result<HttpEndpoint> Endpoint(const EnvironmentVariables& environment) {
  const auto url = Variable(environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT");
  if (!url.empty()) {
    auto endpoint = ParseEndpoint(url);
    if (!endpoint) {
      endpoint.error().message.insert(0, "AWS_EC2_METADATA_SERVICE_ENDPOINT: ");
      return endpoint;
    }
    if (endpoint->base_path == "/") endpoint->base_path.clear();
    return endpoint;
  }
  const bool six = Variable(environment, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE") == "IPv6";
  return HttpEndpoint{{Scheme::kHttp, six ? "fd00:ec2::254" : "169.254.169.254", 80}, ""};
}

std::string FirstLine(std::string_view text) {
  text = text.substr(0, text.find_first_of("\r\n"));
  return std::string(text);
}

}  // namespace

Task<Result<AwsCredentials>> FetchInstanceMetadata(const CredentialTools& tools,
                                                   CallContext context) {
  if (IsTrue(Variable(tools.environment, "AWS_EC2_METADATA_DISABLED"))) {
    co_return std::unexpected(NoInstanceMetadata("instance metadata is disabled"));
  }
  auto endpoint = Endpoint(tools.environment);
  if (!endpoint) co_return std::unexpected(endpoint.error());
  auto fetching_token = FetchToken(tools, context, *endpoint);
  const auto token = co_await fetching_token;
  if (!token) co_return std::unexpected(token.error());

  auto asking_role = Ask(tools, context, Get(*endpoint, std::string(kRolePath), *token));
  const HttpAnswer role = co_await asking_role;
  if (!role && role.error().failure == HttpFailure::kDeadline) {
    co_return std::unexpected(NoInstanceMetadata("instance metadata is out of reach"));
  }
  if (!role) co_return std::unexpected(UnreachableSource(role.error(), kSource));
  if (role->status == 404) {
    co_return std::unexpected(NoInstanceMetadata("this machine has no role"));
  }
  const std::string name = role->status == 200 ? FirstLine(role->body) : std::string();
  if (name.empty()) {
    co_return Fail(ErrorClass::kTransient, "CredentialSourceRefused",
                   "instance metadata named no role (HTTP " + std::to_string(role->status) + ")");
  }
  const std::string path = std::string(kRolePath) + PercentEncode(name);
  auto asking_key = Ask(tools, std::move(context), Get(*endpoint, path, *token));
  const HttpAnswer key = co_await asking_key;
  if (!key) co_return std::unexpected(UnreachableSource(key.error(), kSource));
  co_return ParseCredentialDocument(*key, kSource);
}

}  // namespace instanced::aws
