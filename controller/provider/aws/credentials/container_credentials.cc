#include "controller/provider/aws/credentials/container_credentials.h"

#include <algorithm>
#include <array>
#include <utility>

namespace instanced::aws {
namespace {

constexpr const char* kRelativeUri = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
constexpr const char* kFullUri = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
constexpr const char* kToken = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
constexpr const char* kTokenFile = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";

bool IsIpv4Loopback(std::string_view host) {
  return host.starts_with("127.") && std::ranges::count(host, '.') == 3 &&
         host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool MayBePlain(std::string_view host) {
  static constexpr std::array<std::string_view, 5> kTrusted{"169.254.170.2", "169.254.170.23",
                                                            "fd00:ec2::23", "::1", "localhost"};
  return std::ranges::find(kTrusted, host) != kTrusted.end() || IsIpv4Loopback(host);
}

struct ContainerUri {
  HttpOrigin origin;
  std::string target;
};

Result<ContainerUri> ResolveUri(const EnvironmentVariables& environment) {
  const auto relative = Variable(environment, kRelativeUri);
  if (!relative.empty()) {
    if (relative.front() != '/') {
      return Fail(ErrorClass::kValidation, "CredentialUriInvalid",
                  std::string(kRelativeUri) + " must begin with '/'");
    }
    return ContainerUri{{Scheme::kHttp, "169.254.170.2", 80}, std::string(relative)};
  }
  const auto full = Variable(environment, kFullUri);
  // A query belongs to the target; endpoints have none.
  const auto question = std::min(full.find('?'), full.size());
  auto endpoint = ParseEndpoint(full.substr(0, question));
  if (!endpoint) {
    return Fail(ErrorClass::kValidation, "CredentialUriInvalid",
                std::string(kFullUri) + ": " + endpoint.error().message);
  }
  if (endpoint->origin.scheme == Scheme::kHttp && !MayBePlain(endpoint->origin.host)) {
    return Fail(ErrorClass::kValidation, "CredentialUriInvalid",
                std::string(kFullUri) + " must use https: " + endpoint->origin.host +
                    " is neither loopback nor a known container endpoint");
  }
  std::string target = endpoint->base_path.empty() ? "/" : endpoint->base_path;
  return ContainerUri{endpoint->origin, target.append(full.substr(question))};
}

Result<std::string> ReadAuthorization(const CredentialTools& tools) {
  std::string value(Variable(tools.environment, kToken));
  const auto file = Variable(tools.environment, kTokenFile);
  if (!file.empty()) {
    auto text = tools.files.Read(std::string(file));
    if (!text) {
      return Fail(ErrorClass::kAuth, text.error().code,
                  std::string(kTokenFile) + ": " + text.error().message);
    }
    value = std::move(*text);
    const auto last = value.find_last_not_of("\r\n");
    value.erase(last == std::string::npos ? 0 : last + 1);
  }
  if (value.find_first_of("\r\n") != std::string::npos) {
    return Fail(ErrorClass::kAuth, "CredentialTokenInvalid",
                "the container authorization token holds a line break");
  }
  return value;
}

}  // namespace

Configured ContainerConfigured(const EnvironmentVariables& environment) {
  const bool set =
      !Variable(environment, kRelativeUri).empty() || !Variable(environment, kFullUri).empty();
  return set ? Configured::kYes : Configured::kNo;
}

Task<Result<AwsCredentials>> FetchContainer(const CredentialTools& tools, CallContext context) {
  auto uri = ResolveUri(tools.environment);
  if (!uri) co_return std::unexpected(uri.error());
  auto authorization = ReadAuthorization(tools);
  if (!authorization) co_return std::unexpected(authorization.error());

  HttpRequest request{.method = HttpMethod::kGet,
                      .origin = uri->origin,
                      .target = uri->target,
                      .headers = {{"Accept", "application/json"}},
                      .body = {}};
  if (!authorization->empty()) {
    request.headers.emplace_back("Authorization", std::move(*authorization));
  }
  const auto deadline = std::min(context.deadline, tools.clock.Now() + tools.metadata_deadline);
  auto sending = tools.http.Send(std::move(request), deadline, context.stop);
  auto answer = co_await sending;
  constexpr std::string_view kSource = "the container credential endpoint";
  if (!answer) co_return std::unexpected(UnreachableSource(answer.error(), kSource));
  co_return ParseCredentialDocument(*answer, kSource);
}

}  // namespace instanced::aws
