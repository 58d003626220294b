#include "controller/provider/aws/aws_transport.h"

#include <algorithm>
#include <utility>

namespace instanced::aws {
namespace {

using namespace std::chrono_literals;

void ReplaceAll(std::string& text, std::string_view secret) {
  if (secret.empty()) return;
  for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at)) {
    text.replace(at, secret.size(), "***");
  }
}

// Of a message that was cut within a secret, what is left of it.
void CutBeginningOf(std::string_view secret, std::string& text) {
  constexpr std::size_t kTelling = 4;
  for (auto size = std::min(secret.size(), text.size()); size >= kTelling; --size) {
    if (text.ends_with(secret.substr(0, size))) return text.resize(text.size() - size);
  }
}

// Signature refusals quote the canonical request with its session token, and the times of this one
// try: neither belongs into a message.
std::string MessageFor(AuthHint hint, const AwsFailure& failure, int status,
                       const AwsCredentials& credentials) {
  if (hint == AuthHint::kSignature) return "the request's signature was refused";
  if (hint == AuthHint::kClock) return "the request's time was refused: the clocks differ";
  if (failure.message.empty()) return "HTTP " + std::to_string(status) + " without a message";
  std::string message = failure.message;
  for (const auto& secret : {credentials.secret_access_key, credentials.session_token}) {
    ReplaceAll(message, secret);
    CutBeginningOf(secret, message);
  }
  return message;
}

}  // namespace

ClockSkew::Change ClockSkew::Correct(WallTime server, WallTime ours) {
  const auto difference = server - ours;
  const auto wanted = difference > -1min && difference < 1min ? 0ms : difference;
  const auto change = wanted - offset_;
  if (change > -1min && change < 1min) return Change::kNone;
  offset_ = wanted;
  return Change::kCorrected;
}

AwsTransport::AwsTransport(AwsService service, std::string region, AwsTransportDeps deps,
                           std::shared_ptr<ClockSkew> skew, AwsTransportOptions options)
    : service_(service),
      deps_(deps),
      skew_(std::move(skew)),
      options_(options),
      signer_(SigningScope{std::move(region), std::string(service.name)}) {}

std::string AwsTransport::OperationName(std::string_view operation) const {
  return std::string(service_.name).append(":").append(operation);
}

Task<std::expected<HttpResponse, AwsCallError>> AwsTransport::Send(CallContext context,
                                                                   ApiCall call,
                                                                   AwsCredentials credentials) {
  const auto entered = deps_.gate.Enter(context, call.operation);
  if (!entered) co_return std::unexpected(AwsCallError{entered.error(), AuthHint::kNone});

  if (!credentials.access_key_id.empty()) {
    signer_.Sign(call.request, credentials, deps_.clock.WallNow() + skew_->offset());
  }
  const MonotonicTime start = deps_.clock.Now();
  const MonotonicTime deadline = std::min(context.deadline, start + options_.call_deadline);
  auto sending = deps_.http.Send(std::move(call.request), deadline, context.stop);
  auto sent = co_await sending;
  if (context.trace && sent) context.trace->request_id = RequestId(sent->headers);
  Answer answer = Judge(call, credentials, std::move(sent));

  CallOutcome outcome;
  outcome.latency = deps_.clock.Now() - start;
  if (!answer) {
    outcome.error_class = answer.error().error.error_class;
    outcome.code = answer.error().error.code;
    outcome.retry_after = answer.error().error.retry_after;
  }
  deps_.gate.Leave(context, call.operation, outcome);
  co_return answer;
}

AwsTransport::Answer AwsTransport::Judge(const ApiCall& call, const AwsCredentials& credentials,
                                         std::expected<HttpResponse, HttpError> sent) {
  if (!sent) return std::unexpected(NotAnswered(call, sent.error()));
  if (sent->body.size() > options_.body_bytes_max) {
    return std::unexpected(NotAnswered(
        call, HttpError{HttpFailure::kTooLarge, Reach::kUnknown, "the answer is too large"}));
  }
  if (sent->status >= 200 && sent->status < 300) return std::move(*sent);
  return std::unexpected(Refused(call, credentials, *sent));
}

AwsCallError AwsTransport::Refused(const ApiCall& call, const AwsCredentials& credentials,
                                   const HttpResponse& response) {
  AwsFailure failure = service_.parse_failure(response);
  const AwsVerdict verdict =
      service_.classify(call.effect, failure.code, response.status, failure.message);
  if (verdict.known == CodeKnown::kNo && deps_.unknown_codes != nullptr) {
    deps_.unknown_codes->OnUnknownCode(service_.name, call.operation, failure.code,
                                       response.status);
  }
  AwsCallError out;
  out.hint = verdict.hint;
  out.error = Error{
      .error_class = verdict.error_class,
      .code = failure.code,
      .message = MessageFor(verdict.hint, failure, response.status, credentials),
      .operation = OperationName(call.operation),
      .request_id = failure.request_id,
      .retry_after = failure.retry_after,
      .reach = Reach::kAnswered,
      .denial = verdict.hint == AuthHint::kPermission ? Denial::kPermission : Denial::kCredential,
      .http_status = response.status};
  const bool about_time = verdict.hint == AuthHint::kClock || verdict.hint == AuthHint::kSignature;
  if (about_time && failure.server_time &&
      skew_->Correct(*failure.server_time, deps_.clock.WallNow()) ==
          ClockSkew::Change::kCorrected) {
    out.error.error_class = ErrorClass::kTransient;
    out.hint = AuthHint::kClock;
  }
  return out;
}

AwsCallError AwsTransport::NotAnswered(const ApiCall& call, const HttpError& failure) const {
  AwsCallError out;
  const bool mutating = call.effect != Effect::kRead;
  if (failure.reach == Reach::kUnknown && mutating) {
    out.error.error_class = ErrorClass::kInDoubt;
  } else if (failure.failure == HttpFailure::kStopped) {
    out.error.error_class = ErrorClass::kCancelled;
  } else {
    out.error.error_class = ErrorClass::kTransient;
  }
  out.error.code = ToString(failure.failure);
  out.error.message = failure.message;
  out.error.operation = OperationName(call.operation);
  out.error.reach = failure.reach;
  return out;
}

}  // namespace instanced::aws
