#include "controller/provider/alibaba/outboundbot/outbound_bot_provider.h"

#include <utility>

#include "controller/provider/alibaba/answer_checks.h"
#include "controller/provider/alibaba/lenient_json.h"
#include "controller/provider/alibaba/outboundbot/outbound_bot_codec.h"
#include "controller/provider/alibaba/request_codec.h"

namespace instanced::alibaba {
namespace {

using nlohmann::json;

constexpr std::string_view kModify = "ModifyInstance";
constexpr std::string_view kListCall = "outboundbot:ListInstances";
constexpr std::string_view kMove = "ChangeResourceGroup";

Result<RpcParameters> EncodeUpdate(const UpdateInput& input) {
  if (input.step.operation == kModify) return EncodeOutboundBotModify(input);
  if (input.step.operation == kMove) return EncodeOutboundBotMove(input);
  return Fail(ErrorClass::kTerminal, "NoUpdateCall",
              "OutboundBot has no call named " + input.step.operation);
}

Observation DecodeInstance(const json& answer) {
  const json* instance = FindMember(answer, "Instance");
  return instance == nullptr ? Observation{} : DecodeOutboundBotInstance(*instance);
}

Result<ListPage> DecodePage(const json& answer, OutboundBotPage page) {
  ListPage list;
  const auto instances = ItemsOf(answer, "Instances", "Instance");
  for (const json* instance : instances) {
    auto entry = DecodeOutboundBotInstance(*instance);
    if (entry.external_name.empty()) return std::unexpected(IncompleteRead(kListCall));
    list.entries.push_back(std::move(entry));
  }
  auto next = NextOutboundBotPage(answer, page, instances.size());
  if (!next) return std::unexpected(std::move(next.error()));
  list.next_page = *std::move(next);
  return list;
}

}  // namespace

Result<std::string> OutboundBotProvider::EncodeCreate(const CreateInput& input) const {
  return EncodeOutboundBotCreate(input);
}

Task<Result<Created>> OutboundBotProvider::Create(CallContext context, std::string request) {
  auto parameters = DecodeRequest(request);
  if (!parameters) co_return std::unexpected(std::move(parameters.error()));
  RpcCall call{"CreateInstance", *std::move(parameters), Effect::kMutate, Subject::kAccount};
  auto task = client_.Call(std::move(context), std::move(call));
  auto answer = co_await task;
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  auto observation = DecodeInstance(*answer);
  if (observation.external_name.empty()) {
    co_return std::unexpected(IncompleteCreate("outboundbot:CreateInstance"));
  }
  co_return Created{std::move(observation.external_name), std::move(observation.at_provider)};
}

Task<Result<Observation>> OutboundBotProvider::Observe(CallContext context,
                                                       std::string external_name) {
  RpcCall call{
      "DescribeInstance", {{"InstanceId", external_name}}, Effect::kRead, Subject::kInstance};
  auto task = client_.Call(std::move(context), std::move(call));
  auto answer = co_await task;
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  auto observation = DecodeInstance(*answer);
  if (observation.external_name.empty()) {
    co_return std::unexpected(IncompleteRead("outboundbot:DescribeInstance"));
  }
  co_return observation;
}

Task<Result<void>> OutboundBotProvider::Update(CallContext context, UpdateInput input) {
  auto parameters = EncodeUpdate(input);
  if (!parameters) co_return std::unexpected(std::move(parameters.error()));
  RpcCall call{input.step.operation, *std::move(parameters), Effect::kMutate, Subject::kInstance};
  auto task = client_.Call(std::move(context), std::move(call));
  auto answer = co_await task;
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  co_return Result<void>();
}

Task<Result<void>> OutboundBotProvider::Delete(CallContext context, std::string external_name,
                                               std::string) {
  RpcCall call{
      "DeleteInstance", {{"InstanceId", external_name}}, Effect::kMutate, Subject::kInstance};
  auto task = client_.Call(std::move(context), std::move(call));
  auto answer = co_await task;
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  co_return Result<void>();
}

Task<Result<ListPage>> OutboundBotProvider::List(CallContext context, std::string page) {
  const auto asked = ParseOutboundBotPage(page);
  if (!asked) co_return std::unexpected(asked.error());
  RpcCall call{"ListInstances",
               {{"PageNumber", std::to_string(asked->number)},
                {"PageSize", std::to_string(kOutboundBotPageSize)}},
               Effect::kRead,
               Subject::kAccount};
  auto task = client_.Call(std::move(context), std::move(call));
  auto answer = co_await task;
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  // An answer without the list is not an empty list: nothing may be concluded from it.
  if (FindMember(*answer, "Instances") == nullptr) {
    co_return std::unexpected(IncompleteRead(kListCall));
  }
  co_return DecodePage(*answer, *asked);
}

}  // namespace instanced::alibaba
