#include "tests/simulation/sim_accounts.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/task/sleep.h"

namespace instanced {
namespace {

EnvironmentVariables Keys() {
  const std::string secret(kPlantedKeySecret);
  const std::string token(kPlantedToken);
  return {{"AWS_ACCESS_KEY_ID", "AKSIMULATED"},
          {"AWS_SECRET_ACCESS_KEY", secret},
          {"AWS_SESSION_TOKEN", token},
          {"ALIBABA_CLOUD_ACCESS_KEY_ID", "LTAIsimulated"},
          {"ALIBABA_CLOUD_ACCESS_KEY_SECRET", secret},
          {"ALIBABA_CLOUD_SECURITY_TOKEN", token}};
}

std::string Quoting(std::optional<std::size_t> before) {
  if (!before) return "so it was";
  return fmt::format("so it was: {} {} {}", std::string(*before, 'x'), kPlantedToken,
                     kPlantedKeySecret);
}

HttpResponse Refusal(bool aws, int status, const std::string& code, const std::string& message) {
  if (!aws)
    return {status,
            {},
            nlohmann::json{{"RequestId", "r"}, {"Code", code}, {"Message", message}}.dump()};
  return {status,
          {},
          fmt::format("<ErrorResponse><Error><Code>{}</Code><Message>{}</Message></Error>"
                      "</ErrorResponse>",
                      code, message)};
}

HttpResponse Answer(bool aws) {
  if (!aws)
    return {200, {}, nlohmann::json{{"RequestId", "r"}, {"AccountId", kFakeAccount}}.dump()};
  return {200,
          {},
          fmt::format("<GetCallerIdentityResponse><GetCallerIdentityResult><Account>{}</Account>"
                      "</GetCallerIdentityResult></GetCallerIdentityResponse>",
                      kFakeAccount)};
}

}  // namespace

ProviderConfigSpec GuardedConfig() {
  CloudConfig cloud;
  cloud.region = kFakeRegion;
  cloud.account_id = kFakeAccount;
  ProviderConfigSpec spec;
  spec.aws = cloud;
  spec.alibaba = cloud;
  // It is published for one region only.
  spec.alibaba->endpoints = {{"outboundbot", "https://outboundbot.cn-shanghai.aliyuncs.com"}};
  return spec;
}

Task<std::expected<HttpResponse, HttpError>> SimSts::Send(HttpRequest request,
                                                          MonotonicTime deadline, StopToken) {
  const bool aws = request.origin.host.ends_with("amazonaws.com");
  SleepUntil there(clock_.Now() + Latency());
  co_await there;
  const StsFate fate = hooks_.fate ? hooks_.fate(replica_) : StsFate::kNormal;
  if (fate == StsFate::kUnreachable) {
    co_return std::unexpected(HttpError{HttpFailure::kConnect, Reach::kNotSent, "so it was"});
  }
  SleepUntil back(clock_.Now() + Latency());
  co_await back;
  if (clock_.Now() >= deadline) {
    co_return std::unexpected(HttpError{HttpFailure::kDeadline, Reach::kUnknown, "so it was"});
  }
  switch (fate) {
    case StsFate::kCut:
      co_return std::unexpected(HttpError{HttpFailure::kClosed, Reach::kUnknown, "so it was"});
    case StsFate::kInternal:
      co_return Refusal(aws, 500, aws ? "InternalFailure" : "InternalError",
                        Quoting(hooks_.before_quoted));
    case StsFate::kThrottled:
      co_return Refusal(aws, 400, aws ? "Throttling" : "Throttling.User",
                        Quoting(hooks_.before_quoted));
    default:
      co_return Answer(aws);
  }
}

SimAccounts::SimAccounts(SimSts& sts, const Clock& clock, Random& random, GateSource& gates,
                         FakeCloudAccess& cloud)
    : cloud_(cloud),
      aws_({.http = sts,
            .clock = clock,
            .random = random,
            .gates = gates,
            .files = files_,
            .environment = Keys()}),
      alibaba_(
          {.http = sts, .clock = clock, .random = random, .environment = Keys(), .gates = gates},
          {}) {}

Task<Result<Connection>> SimAccounts::Connect(CallContext context, Kind kind,
                                              ProviderConfigPtr config) {
  const bool aws = TraitsOf(kind).cloud == Cloud::kAws;
  auto connecting = aws ? aws_.Connect(std::move(context), kind, std::move(config))
                        : alibaba_.Connect(std::move(context), kind, std::move(config));
  auto connected = co_await connecting;
  if (connected) connected->provider = cloud_.At(kind, connected->domain);
  co_return connected;
}

}  // namespace instanced
