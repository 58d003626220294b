#include "controller/provider/alibaba/rpc_client.h"

#include <utility>

#include <fmt/format.h>

#include "api/error/cut_text.h"
#include "controller/provider/alibaba/time_text.h"

namespace instanced::alibaba {
namespace {

constexpr std::string_view kPost = "POST";
constexpr std::string_view kServerText = "server string to sign is";
constexpr std::size_t kMessageMax = 512;

void Replace(std::string& text, std::string_view secret) {
  constexpr std::string_view kHidden = "***";
  if (secret.empty()) return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), kHidden);
    at += kHidden.size();
  }
}

std::string Target(const HttpEndpoint& endpoint, const RpcParameters& query) {
  std::string target = endpoint.base_path.empty() ? "/" : endpoint.base_path;
  if (!target.ends_with('/')) target.push_back('/');
  return target.append("?").append(CanonicalQuery(query));
}

std::string Lowest(std::string_view code) {
  return fmt::format("the other side answered {}", code);
}

}  // namespace

std::string MakeNonce(Random& random) {
  const std::uint64_t high = random.Next();
  const std::uint64_t low = random.Next();
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xFFFF,
                     high & 0xFFFF, low >> 48, low & 0xFFFFFFFFFFFF);
}

std::string Redact(std::string text, const SigningKey& key) {
  if (const auto at = text.find(kServerText); at != std::string::npos) text.resize(at);
  for (const std::string& secret : {key.access_key_secret, key.security_token}) {
    Replace(text, secret);
    Replace(text, PercentEncode(secret));
    Replace(text, PercentEncode(PercentEncode(secret)));
  }
  while (text.ends_with(' ') || text.ends_with(',') || text.ends_with(':')) text.pop_back();
  return CutUtf8(std::move(text), kMessageMax);
}

Error TransportError(const HttpError& failure, Effect effect) {
  Error error;
  error.reach = failure.reach;
  error.code = fmt::format("Http{}", ToString(failure.failure));
  error.message = "no complete answer arrived";
  if (failure.reach == Reach::kNotSent) error.message = "the request could not be sent";
  if (!failure.message.empty()) error.message.append(": ").append(failure.message);
  const bool may_have_worked = failure.reach != Reach::kNotSent && effect == Effect::kMutate;
  if (may_have_worked) {
    error.error_class = ErrorClass::kInDoubt;
  } else if (failure.failure == HttpFailure::kStopped) {
    error.error_class = ErrorClass::kCancelled;
  } else {
    error.error_class = ErrorClass::kTransient;
  }
  return error;
}

HttpRequest RpcClient::Sign(const RpcCall& call, const SigningKey& key) const {
  HttpRequest request{HttpMethod::kPost, api_.endpoint.origin, {}, {}, {}};
  const WallTime now = transport_.server_clock.Now();
  const std::string nonce = MakeNonce(transport_.random);
  RpcParameters query = call.parameters;
  query["Format"] = "JSON";
  if (!api_.region.empty()) query["RegionId"] = api_.region;
  if (transport_.signature == SignatureVersion::kV3) {
    request.headers = SignV3(
        {std::string(kPost), HostHeader(api_.endpoint.origin), call.action, api_.version, query},
        key, now, nonce);
  } else {
    query["Action"] = call.action;
    query["Version"] = api_.version;
    query = SignV1(kPost, std::move(query), key, now, nonce);
    request.headers = {{"x-acs-action", call.action}, {"x-acs-version", api_.version}};
  }
  request.headers.emplace_back("Accept", "application/json");
  request.target = Target(api_.endpoint, query);
  return request;
}

Error RpcClient::FromFailure(const RpcCall& call, const HttpError& failure) const {
  Error error = TransportError(failure, call.effect);
  error.operation = api_.service + ":" + call.action;
  return error;
}

Error RpcClient::FromEnvelope(const RpcCall& call, const Envelope& envelope) const {
  const Classification found =
      Classify(api_.errors, call.action, call.subject, envelope.code, envelope.status);
  if (envelope.verdict == Verdict::kError && !found.is_listed && transport_.unlisted != nullptr) {
    transport_.unlisted->Count(api_.service, call.action, envelope.code, envelope.status);
  }
  Error error;
  error.error_class = WithDoubt(found.error_class, call.effect, envelope.status);
  error.code = envelope.code;
  error.message = envelope.message.empty() ? Lowest(envelope.code) : envelope.message;
  error.operation = api_.service + ":" + call.action;
  error.request_id = envelope.request_id;
  error.retry_after = envelope.retry_after;
  error.http_status = envelope.status;
  error.denial = WhatIsDenied(found);
  if (envelope.verdict != Verdict::kUnreadable) return error;
  error.message = fmt::format("the answer cannot be read (HTTP {})", envelope.status);
  // A refusal by rate is definite whoever words it; anything else unreadable proves nothing.
  if (call.effect == Effect::kMutate && error.error_class != ErrorClass::kThrottled) {
    error.error_class = ErrorClass::kInDoubt;
  }
  return error;
}

void RpcClient::React(Reaction reaction, const HttpResponse& response) const {
  switch (reaction) {
    case Reaction::kNone:
      return;
    case Reaction::kRefreshCredential:
      return keys_->Invalidate();
    case Reaction::kCorrectClock:
      if (const auto date = ParseHttpDate(FindHeader(response.headers, "Date"))) {
        transport_.server_clock.Learn(*date);
      }
      return;
  }
}

Result<nlohmann::json> RpcClient::Conclude(const RpcCall& call, const SigningKey& key,
                                           std::expected<HttpResponse, HttpError> answer) const {
  if (!answer) {
    Error error = FromFailure(call, answer.error());
    error.message = Redact(std::move(error.message), key);
    return std::unexpected(std::move(error));
  }
  Envelope envelope = DecodeEnvelope(*answer);
  if (envelope.verdict == Verdict::kSuccess) return std::move(envelope.body);
  React(Classify(api_.errors, call.action, call.subject, envelope.code, envelope.status).reaction,
        *answer);
  Error error = FromEnvelope(call, envelope);
  error.message = Redact(std::move(error.message), key);
  return std::unexpected(std::move(error));
}

Task<Result<nlohmann::json>> RpcClient::Call(CallContext context, RpcCall call) {
  auto fetch = keys_->Get(context);
  auto key = co_await fetch;
  if (!key) co_return std::unexpected(std::move(key.error()));
  if (call.effect == Effect::kMutate) {
    if (auto checked = guard_.Check(key->access_key_id); !checked) {
      checked.error().operation = api_.service + ":" + call.action;
      co_return std::unexpected(std::move(checked.error()));
    }
  }
  if (auto slot = gate_.Enter(context, call.action); !slot) {
    co_return std::unexpected(std::move(slot.error()));
  }
  const MonotonicTime start = transport_.clock.Now();
  auto send = transport_.http.Send(Sign(call, *key), context.deadline, context.stop);
  auto answer = co_await send;
  auto result = Conclude(call, *key, std::move(answer));
  CallOutcome outcome;
  outcome.latency = transport_.clock.Now() - start;
  if (!result) {
    outcome.error_class = result.error().error_class;
    outcome.code = result.error().code;
    outcome.retry_after = result.error().retry_after;
  }
  gate_.Leave(context, call.action, outcome);
  if (context.trace && result) {
    const auto id = result->find("RequestId");
    if (id != result->end() && id->is_string()) context.trace->request_id = id->get<std::string>();
  }
  co_return result;
}

}  // namespace instanced::alibaba
