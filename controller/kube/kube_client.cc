#include "controller/kube/kube_client.h"

#include <utility>

#include "controller/kube/kube_errors.h"

namespace instanced {
namespace {
constexpr std::string_view kJson = "application/json";
constexpr std::string_view kMergePatch = "application/merge-patch+json";
constexpr int kUnauthorized = 401;

bool IsSuccess(int status) { return status >= 200 && status < 300; }
}  // namespace

KubeClient::KubeClient(HttpClient& http, HttpStreamClient& streams, const Clock& clock,
                       KubeConfig config, ReadFile read_file, KubeClientOptions options,
                       KubeCallObserver* observer)
    : http_(http),
      streams_(streams),
      clock_(clock),
      config_(std::move(config)),
      token_(config_.token, config_.token_file, std::move(read_file)),
      options_(std::move(options)),
      observer_(observer) {}

HttpRequest KubeClient::RequestFor(const Call& call, const std::string& token) const {
  HttpRequest request;
  request.method = call.method;
  request.origin = config_.server.origin;
  request.target = config_.server.base_path + call.target;
  request.headers = {{"Accept", std::string(kJson)}, {"User-Agent", options_.user_agent}};
  if (!call.body.empty()) {
    request.headers.emplace_back("Content-Type", std::string(call.content_type));
    request.body = call.body;
  }
  if (!token.empty()) request.headers.emplace_back("Authorization", "Bearer " + token);
  return request;
}

void KubeClient::Tell(KubeCall call, MonotonicTime since) {
  if (observer_ == nullptr) return;
  call.host = config_.server.origin.host;
  call.took = clock_.Now() - since;
  observer_->OnCall(call);
}

Task<Result<std::string>> KubeClient::Token(MonotonicTime now) {
  if (options_.exec_token == nullptr) co_return token_.Get(now);
  auto asking = options_.exec_token->Get();
  co_return co_await asking;
}

bool KubeClient::RefuseToken(const std::string& token) {
  if (options_.exec_token != nullptr) return options_.exec_token->Refuse(token);
  return token_.Refuse(token, clock_.Now());
}

Task<Result<std::string>> KubeClient::Send(Call call, StopToken stop) {
  const MonotonicTime came = clock_.Now();
  const MonotonicTime deadline = came + options_.deadline;
  if (options_.line == nullptr) {
    auto sending = Transmit(std::move(call), deadline, {}, std::move(stop));
    co_return co_await sending;
  }
  auto queueing = options_.line->Take(call.rank, deadline, stop);
  const auto place = co_await queueing;
  const Duration waited = clock_.Now() - came;
  if (!place) {
    KubeCall told;
    told.verb = call.verb;
    told.waited = waited;
    told.sent = KubeCall::Sent::kNo;
    Tell(told, clock_.Now());
    co_return std::unexpected(KubeErrorOf(place.error(), call.operation));
  }
  auto sending = Transmit(std::move(call), deadline, waited, std::move(stop));
  co_return co_await sending;
}

Task<Result<std::string>> KubeClient::Transmit(Call call, MonotonicTime deadline, Duration waited,
                                               StopToken stop) {
  bool may_resend = true;
  while (true) {
    const MonotonicTime began = clock_.Now();
    auto asking = Token(began);
    const auto token = co_await asking;
    if (!token) co_return std::unexpected(token.error());
    auto sending = http_.Send(RequestFor(call, *token), deadline, stop);
    auto answer = co_await sending;
    KubeCall told;
    told.verb = call.verb;
    told.request_bytes = call.body.size();
    told.refused_before = may_resend ? 0 : kUnauthorized;
    told.waited = std::exchange(waited, Duration::zero());
    if (answer) {
      told.status = answer->status;
      told.response_bytes = answer->body.size();
    }
    Tell(told, began);
    if (!answer) co_return std::unexpected(KubeErrorOf(answer.error(), call.operation));
    if (IsSuccess(answer->status)) co_return std::move(answer->body);
    if (answer->status == kUnauthorized && std::exchange(may_resend, false) &&
        RefuseToken(*token)) {
      continue;
    }
    co_return std::unexpected(
        KubeErrorOf(answer->status, answer->headers, answer->body, call.operation));
  }
}

Task<Result<std::string>> KubeClient::Get(ObjectRef object, StopToken stop, CallRank rank) {
  Call call{
      HttpMethod::kGet, "GET", PathOf(object), {}, {}, "kube:get " + object.resource.plural, rank};
  return Send(std::move(call), std::move(stop));
}

Task<Result<std::string>> KubeClient::ListPage(ResourceRef resource, ListOptions options,
                                               StopToken stop) {
  Call call{HttpMethod::kGet,
            "LIST",
            ListTarget(resource, options),
            {},
            {},
            "kube:list " + resource.plural};
  return Send(std::move(call), std::move(stop));
}

Task<Result<std::string>> KubeClient::Create(ResourceRef resource, std::string body, StopToken stop,
                                             CallRank rank) {
  Call call{HttpMethod::kPost,
            "POST",
            PathOf(resource),
            kJson,
            std::move(body),
            "kube:create " + resource.plural,
            rank};
  return Send(std::move(call), std::move(stop));
}

Task<Result<std::string>> KubeClient::Replace(ObjectRef object, std::string body, StopToken stop,
                                              CallRank rank) {
  Call call{HttpMethod::kPut,
            "PUT",
            PathOf(object),
            kJson,
            std::move(body),
            "kube:update " + object.resource.plural,
            rank};
  return Send(std::move(call), std::move(stop));
}

Task<Result<std::string>> KubeClient::MergePatch(ObjectRef object, std::string body, StopToken stop,
                                                 CallRank rank) {
  Call call{HttpMethod::kPatch,
            "PATCH",
            PathOf(object),
            kMergePatch,
            std::move(body),
            "kube:patch " + object.resource.plural,
            rank};
  return Send(std::move(call), std::move(stop));
}

Task<Result<std::string>> KubeClient::Delete(ObjectRef object, std::string body, StopToken stop) {
  Call call{HttpMethod::kDelete, "DELETE",
            PathOf(object),      kJson,
            std::move(body),     "kube:delete " + object.resource.plural};
  return Send(std::move(call), std::move(stop));
}

}  // namespace instanced
