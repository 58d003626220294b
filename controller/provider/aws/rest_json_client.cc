#include "controller/provider/aws/rest_json_client.h"

#include <utility>

namespace instanced::aws {

RestJsonClient::RestJsonClient(AwsTransport transport, HttpEndpoint endpoint,
                               std::shared_ptr<CredentialCache> credentials, AccountGuard guard)
    : transport_(std::move(transport)),
      endpoint_(std::move(endpoint)),
      credentials_(std::move(credentials)),
      guard_(std::move(guard)) {
  if (endpoint_.base_path.ends_with('/')) endpoint_.base_path.pop_back();
}

HttpRequest RestJsonClient::MakeRequest(const RestCall& call) const {
  HttpRequest request{.method = call.method,
                      .origin = endpoint_.origin,
                      .target = endpoint_.base_path + call.target,
                      .headers = {{"Accept", "application/json"}},
                      .body = call.body};
  if (!call.body.empty()) request.headers.emplace_back("Content-Type", "application/json");
  return request;
}

Error RestJsonClient::Unreadable(const RestCall& call, std::string_view what) const {
  Error error;
  error.error_class = call.effect == Effect::kRead ? ErrorClass::kTransient : ErrorClass::kInDoubt;
  error.code = "UnreadableAnswer";
  error.message = "the answer cannot be used: " + std::string(what);
  error.operation = transport_.OperationName(call.operation);
  return error;
}

Task<Result<nlohmann::json>> RestJsonClient::Call(CallContext context, RestCall call) {
  auto getting = credentials_->Get(context);
  auto credentials = co_await getting;
  if (!credentials) {
    Error error = credentials.error();
    error.reach = Reach::kNotSent;
    co_return std::unexpected(std::move(error));
  }
  const std::string access_key_id = credentials->access_key_id;
  if (call.effect != Effect::kRead) {
    if (auto checked = guard_.Check(access_key_id); !checked) {
      checked.error().operation = transport_.OperationName(call.operation);
      co_return std::unexpected(std::move(checked.error()));
    }
  }

  ApiCall request{.operation = call.operation, .effect = call.effect, .request = MakeRequest(call)};
  auto sending = transport_.Send(std::move(context), std::move(request), std::move(*credentials));
  auto answer = co_await sending;
  if (!answer) {
    const AuthHint hint = answer.error().hint;
    const bool auth = answer.error().error.error_class == ErrorClass::kAuth;
    if (auth && hint != AuthHint::kPermission && hint != AuthHint::kClock) {
      credentials_->Refuse(access_key_id);
    }
    co_return std::unexpected(std::move(answer.error().error));
  }
  auto json = ParseJsonBody(answer->body);
  if (json) co_return std::move(*json);
  Error error = Unreadable(call, "it is not a JSON object");
  error.request_id = RequestId(answer->headers);
  error.http_status = answer->status;
  co_return std::unexpected(std::move(error));
}

Task<Result<void>> RestJsonClient::Do(CallContext context, RestCall call) {
  auto calling = Call(std::move(context), std::move(call));
  const auto answer = co_await calling;
  if (!answer) co_return std::unexpected(answer.error());
  co_return Result<void>{};
}

Task<Result<ListPage>> RestJsonClient::CallForPage(CallContext context, RestCall call,
                                                   RestListShape shape) {
  auto calling = Call(std::move(context), call);
  const auto answer = co_await calling;
  if (!answer) co_return std::unexpected(answer.error());
  const auto list = answer->find(shape.list);
  if (list == answer->end() || !list->is_array()) {
    co_return std::unexpected(Unreadable(call, "it has no list"));
  }
  ListPage page;
  for (const auto& instance : *list) {
    auto entry = shape.observe(instance);
    if (!entry) {
      co_return std::unexpected(Unreadable(call, std::string("an entry has no ") + shape.id));
    }
    page.entries.push_back(std::move(*entry));
  }
  page.next_page = StringOr(*answer, shape.next_token, "");
  co_return page;
}

}  // namespace instanced::aws
