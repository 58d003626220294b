#include "controller/provider/aws/connect/connect_provider.h"

#include <utility>

#include "controller/provider/aws/aws_tags.h"
#include "controller/provider/aws/connect/connect_codec.h"
#include "controller/provider/aws/connect/connect_errors.h"

namespace instanced::aws {
namespace {

constexpr std::string_view kListPageSize = "10";
constexpr std::string_view kAttributePageSize = "7";
constexpr int kAttributePagesMax = 10;
constexpr std::size_t kUntagKeysMax = 50;

RestCall Describe(const std::string& id) {
  return {.operation = "DescribeInstance",
          .effect = Effect::kRead,
          .method = HttpMethod::kGet,
          .target = RestTarget("/instance/").Label(id).text(),
          .body = {}};
}

RestCall ListAttributes(const std::string& id, const std::string& page) {
  RestTarget target("/instance/");
  target.Label(id).Literal("/attributes").Query("maxResults", kAttributePageSize);
  if (!page.empty()) target.Query("nextToken", page);
  return {.operation = "ListInstanceAttributes",
          .effect = Effect::kRead,
          .method = HttpMethod::kGet,
          .target = target.text(),
          .body = {}};
}

}  // namespace

AwsService ConnectService() {
  return {.name = "connect", .classify = ClassifyConnect, .parse_failure = ParseRestJsonFailure};
}

ConnectProvider::ConnectProvider(RestJsonClient client, AwsLocation location)
    : client_(std::move(client)), location_(std::move(location)) {}

Result<std::string> ConnectProvider::EncodeCreate(const CreateInput& input) const {
  return EncodeConnectCreate(input);
}

Task<Result<Created>> ConnectProvider::Create(CallContext context, std::string request) {
  const RestCall call{.operation = "CreateInstance",
                      .effect = Effect::kCreate,
                      .method = HttpMethod::kPut,
                      .target = "/instance",
                      .body = std::move(request)};
  auto calling = client_.Call(std::move(context), call);
  auto answer = co_await calling;
  if (!answer) co_return std::unexpected(answer.error());
  Created created;
  created.external_name = StringOr(*answer, "Id", "");
  if (created.external_name.empty()) {
    co_return std::unexpected(client_.Unreadable(call, "it names no Id"));
  }
  created.at_provider = nlohmann::json::object();
  for (const auto& [name, member] : answer->items()) created.at_provider[LowerCamel(name)] = member;
  co_return created;
}

Task<Result<Observation>> ConnectProvider::Observe(CallContext context, std::string external_name) {
  if (auto checked = CheckInstanceId(external_name); !checked) {
    co_return std::unexpected(checked.error());
  }
  const RestCall call = Describe(external_name);
  auto calling = client_.Call(context, call);
  auto answer = co_await calling;
  if (!answer) co_return std::unexpected(answer.error());
  auto observation = ObserveConnect(*answer);
  if (!observation) co_return std::unexpected(client_.Unreadable(call, "it names no instance"));
  if (observation->lifecycle == Lifecycle::kReady) {
    auto reading = ReadAttributes(std::move(context), *observation);
    auto read = co_await reading;
    if (!read) {
      // It was there a moment ago: this is no proof that it is gone.
      if (read.error().error_class == ErrorClass::kNotFound) {
        read.error().error_class = ErrorClass::kBusy;
      }
      co_return std::unexpected(std::move(read.error()));
    }
  }
  co_return std::move(*observation);
}

Task<Result<void>> ConnectProvider::ReadAttributes(CallContext context, Observation& observation) {
  std::string page;
  for (int i = 0; i < kAttributePagesMax; ++i) {
    auto calling = client_.Call(context, ListAttributes(observation.external_name, page));
    const auto answer = co_await calling;
    if (!answer) co_return std::unexpected(answer.error());
    AddConnectAttributes(observation, *answer);
    page = StringOr(*answer, "NextToken", "");
    if (page.empty()) co_return Result<void>{};
  }
  co_return std::unexpected(
      client_.Unreadable(ListAttributes(observation.external_name, page), "it does not end"));
}

Result<RestCall> ConnectProvider::CallFor(const UpdateInput& input) const {
  if (input.step.diffs.empty()) {
    return Fail(ErrorClass::kTerminal, "EmptyStep", "the update has nothing to change");
  }
  const std::string arn = InstanceArn("connect", location_, input.external_name);
  if (input.step.operation == "TagResource") return TagCall("/tags/", arn, input.step);
  if (input.step.operation == "UntagResource") {
    return UntagCall("/tags/", arn, input.step, kUntagKeysMax);
  }
  if (input.step.operation != "UpdateInstanceAttribute") {
    return Fail(ErrorClass::kTerminal, "UnknownStep",
                "Amazon Connect has no call " + input.step.operation);
  }
  const auto attribute = AttributeFor(input.step.diffs.front());
  if (!attribute) return std::unexpected(attribute.error());
  RestTarget target("/instance/");
  target.Label(input.external_name).Literal("/attribute/").Label(attribute->type);
  return RestCall{.operation = "UpdateInstanceAttribute",
                  .effect = Effect::kChange,
                  .method = HttpMethod::kPost,
                  .target = target.text(),
                  .body = Canonical({{"Value", attribute->value}})};
}

Task<Result<void>> ConnectProvider::Update(CallContext context, UpdateInput input) {
  if (auto checked = CheckInstanceId(input.external_name); !checked) co_return checked;
  auto call = CallFor(input);
  if (!call) co_return std::unexpected(call.error());
  auto updating = client_.Do(std::move(context), std::move(*call));
  co_return co_await updating;
}

Task<Result<void>> ConnectProvider::Delete(CallContext context, std::string external_name,
                                           std::string token) {
  if (auto checked = CheckInstanceId(external_name); !checked) co_return checked;
  RestTarget target("/instance/");
  target.Label(external_name);
  if (!token.empty()) target.Query("clientToken", token);
  RestCall call{.operation = "DeleteInstance",
                .effect = Effect::kChange,
                .method = HttpMethod::kDelete,
                .target = target.text(),
                .body = {}};
  auto deleting = client_.Do(std::move(context), std::move(call));
  co_return co_await deleting;
}

Task<Result<ListPage>> ConnectProvider::List(CallContext context, std::string page) {
  RestTarget target("/instance");
  target.Query("maxResults", kListPageSize);
  if (!page.empty()) target.Query("nextToken", page);
  RestCall call{.operation = "ListInstances",
                .effect = Effect::kRead,
                .method = HttpMethod::kGet,
                .target = target.text(),
                .body = {}};
  auto listing =
      client_.CallForPage(std::move(context), std::move(call),
                          {"InstanceSummaryList", "NextToken", "Id", ObserveConnectSummary});
  co_return co_await listing;
}

}  // namespace instanced::aws
