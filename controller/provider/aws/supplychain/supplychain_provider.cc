#include "controller/provider/aws/supplychain/supplychain_provider.h"

#include <utility>

#include "controller/provider/aws/aws_tags.h"
#include "controller/provider/aws/supplychain/supplychain_codec.h"
#include "controller/provider/aws/supplychain/supplychain_errors.h"

namespace instanced::aws {
namespace {

constexpr std::string_view kListPageSize = "20";
constexpr std::string_view kTagsPath = "/api/tags/";
constexpr std::size_t kUntagKeysMax = 200;

std::string InstanceTarget(const std::string& id) {
  return RestTarget("/api/instance/").Label(id).text();
}

std::optional<Observation> InstanceIn(const nlohmann::json& answer) {
  const auto* instance = FindObject(answer, "instance");
  if (instance == nullptr) return std::nullopt;
  return ObserveSupplyChain(*instance);
}

// Only a domain can be taken: a create that asks for none conflicts with something that passes.
Error ReadConflict(Error error, const std::string& request) {
  const bool asks_for_domain = request.contains("\"webAppDnsDomain\":");
  if (error.error_class == ErrorClass::kTaken && !asks_for_domain) {
    error.error_class = ErrorClass::kBusy;
  }
  return error;
}

}  // namespace

AwsService SupplyChainService() {
  return {.name = "scn", .classify = ClassifySupplyChain, .parse_failure = ParseRestJsonFailure};
}

SupplyChainProvider::SupplyChainProvider(RestJsonClient client, AwsLocation location)
    : client_(std::move(client)), location_(std::move(location)) {}

Result<std::string> SupplyChainProvider::EncodeCreate(const CreateInput& input) const {
  return EncodeSupplyChainCreate(input);
}

Task<Result<Created>> SupplyChainProvider::Create(CallContext context, std::string request) {
  const RestCall call{.operation = "CreateInstance",
                      .effect = Effect::kCreate,
                      .method = HttpMethod::kPost,
                      .target = "/api/instance",
                      .body = std::move(request)};
  auto calling = client_.Call(std::move(context), call);
  const auto answer = co_await calling;
  if (!answer) co_return std::unexpected(ReadConflict(answer.error(), call.body));
  auto instance = InstanceIn(*answer);
  if (!instance) co_return std::unexpected(client_.Unreadable(call, "it names no instanceId"));
  co_return Created{std::move(instance->external_name), std::move(instance->at_provider)};
}

Task<Result<Observation>> SupplyChainProvider::Observe(CallContext context,
                                                       std::string external_name) {
  if (auto checked = CheckInstanceId(external_name); !checked) {
    co_return std::unexpected(checked.error());
  }
  const RestCall call{.operation = "GetInstance",
                      .effect = Effect::kRead,
                      .method = HttpMethod::kGet,
                      .target = InstanceTarget(external_name),
                      .body = {}};
  auto calling = client_.Call(context, call);
  const auto answer = co_await calling;
  if (!answer) co_return std::unexpected(answer.error());
  auto observation = InstanceIn(*answer);
  if (!observation) co_return std::unexpected(client_.Unreadable(call, "it names no instanceId"));
  const Lifecycle lifecycle = observation->lifecycle;
  if (lifecycle == Lifecycle::kGone || lifecycle == Lifecycle::kDeleting) {
    co_return std::move(*observation);
  }

  AwsLocation location = location_;
  location.account_id = StringOr(observation->at_provider, "awsAccountId", location.account_id);
  const std::string arn = InstanceArn("scn", location, observation->external_name);
  RestCall tags_call{.operation = "ListTagsForResource",
                     .effect = Effect::kRead,
                     .method = HttpMethod::kGet,
                     .target = RestTarget(kTagsPath).Label(arn).text(),
                     .body = {}};
  auto listing = client_.Call(std::move(context), std::move(tags_call));
  const auto tags = co_await listing;
  if (tags) {
    AddSupplyChainTags(*observation, *tags);
    co_return std::move(*observation);
  }
  Error error = tags.error();
  // It was there a moment ago: this is no proof that it is gone.
  if (error.error_class == ErrorClass::kNotFound) error.error_class = ErrorClass::kBusy;
  co_return std::unexpected(std::move(error));
}

Result<RestCall> SupplyChainProvider::CallFor(const UpdateInput& input) const {
  if (input.step.diffs.empty()) {
    return Fail(ErrorClass::kTerminal, "EmptyStep", "the update has nothing to change");
  }
  const std::string arn = InstanceArn("scn", location_, input.external_name);
  if (input.step.operation == "TagResource") return TagCall(kTagsPath, arn, input.step);
  if (input.step.operation == "UntagResource") {
    return UntagCall(kTagsPath, arn, input.step, kUntagKeysMax);
  }
  if (input.step.operation != "UpdateInstance") {
    return Fail(ErrorClass::kTerminal, "UnknownStep",
                "AWS Supply Chain has no call " + input.step.operation);
  }
  auto body = EncodeSupplyChainUpdate(input.step);
  if (!body) return std::unexpected(body.error());
  return RestCall{.operation = "UpdateInstance",
                  .effect = Effect::kChange,
                  .method = HttpMethod::kPatch,
                  .target = InstanceTarget(input.external_name),
                  .body = std::move(*body)};
}

Task<Result<void>> SupplyChainProvider::Update(CallContext context, UpdateInput input) {
  if (auto checked = CheckInstanceId(input.external_name); !checked) co_return checked;
  auto call = CallFor(input);
  if (!call) co_return std::unexpected(call.error());
  auto updating = client_.Do(std::move(context), std::move(*call));
  co_return co_await updating;
}

Task<Result<void>> SupplyChainProvider::Delete(CallContext context, std::string external_name,
                                               std::string /*token*/) {
  if (auto checked = CheckInstanceId(external_name); !checked) co_return checked;
  RestCall call{.operation = "DeleteInstance",
                .effect = Effect::kChange,
                .method = HttpMethod::kDelete,
                .target = InstanceTarget(external_name),
                .body = {}};
  auto deleting = client_.Do(std::move(context), std::move(call));
  co_return co_await deleting;
}

Task<Result<ListPage>> SupplyChainProvider::List(CallContext context, std::string page) {
  RestTarget target("/api/instance");
  target.Query("maxResults", kListPageSize);
  if (!page.empty()) target.Query("nextToken", page);
  RestCall call{.operation = "ListInstances",
                .effect = Effect::kRead,
                .method = HttpMethod::kGet,
                .target = target.text(),
                .body = {}};
  auto listing = client_.CallForPage(std::move(context), std::move(call),
                                     {"instances", "nextToken", "instanceId", ObserveSupplyChain});
  co_return co_await listing;
}

}  // namespace instanced::aws
