#include "controller/provider/alibaba/ccc/ccc_provider.h"

#include <utility>

#include "controller/provider/alibaba/answer_checks.h"
#include "controller/provider/alibaba/lenient_json.h"
#include "controller/provider/alibaba/request_codec.h"

namespace instanced::alibaba {
namespace {

using nlohmann::json;

Error ExplainClosed(Error error) {
  if (error.error_class == ErrorClass::kNotOffered) {
    error.message.append(
        "; this account cannot use the call: make or remove the instance in the console, and set "
        "spec.externalName to have it observed");
  }
  return error;
}

}  // namespace

Result<std::string> CccProvider::EncodeCreate(const CreateInput& input) const {
  return EncodeCccCreate(input);
}

Result<Created> CccProvider::DecodeCreated(const json& answer) const {
  const json* instance = FindMember(answer, "Instance");
  if (instance == nullptr) return std::unexpected(IncompleteCreate("ccc:CreateInstance"));
  auto observation = DecodeCccInstance(*instance, options_.ready_states, options_.personal);
  if (observation.external_name.empty()) {
    return std::unexpected(IncompleteCreate("ccc:CreateInstance"));
  }
  // One document shows the lists beside the instance, the SDK's types inside it.
  json warnings = DecodeCccCreateWarnings(*instance, options_.personal);
  warnings.update(DecodeCccCreateWarnings(answer, options_.personal));
  if (!warnings.empty()) observation.at_provider[kCreateWarnings] = std::move(warnings);
  return Created{std::move(observation.external_name), std::move(observation.at_provider)};
}

Task<Result<Created>> CccProvider::Create(CallContext context, std::string request) {
  auto parameters = DecodeRequest(request);
  if (!parameters) co_return std::unexpected(std::move(parameters.error()));
  RpcCall call{"CreateInstance", *std::move(parameters), Effect::kMutate, Subject::kAccount};
  auto task = client_.Call(std::move(context), std::move(call));
  auto answer = co_await task;
  if (!answer) co_return std::unexpected(ExplainClosed(std::move(answer.error())));
  co_return DecodeCreated(*answer);
}

Task<Result<Observation>> CccProvider::Observe(CallContext context, std::string external_name) {
  RpcCall call{"GetInstance", {{"InstanceId", external_name}}, Effect::kRead, Subject::kInstance};
  auto task = client_.Call(std::move(context), std::move(call));
  auto answer = co_await task;
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  const json* instance = FindMember(*answer, "Instance");
  if (instance == nullptr || !instance->is_object()) {
    co_return std::unexpected(IncompleteRead("ccc:GetInstance"));
  }
  auto observation = DecodeCccInstance(*instance, options_.ready_states, options_.personal);
  if (observation.external_name.empty()) {
    co_return std::unexpected(IncompleteRead("ccc:GetInstance"));
  }
  co_return observation;
}

Task<Result<void>> CccProvider::Update(CallContext, UpdateInput) {
  co_return Fail(ErrorClass::kTerminal, "NoUpdateCall",
                 "CCC 2017-07-05 has no call that modifies an instance");
}

Task<Result<void>> CccProvider::Delete(CallContext context, std::string external_name,
                                       std::string) {
  RpcCall call{
      "DeleteInstance", {{"InstanceId", external_name}}, Effect::kMutate, Subject::kInstance};
  auto task = client_.Call(std::move(context), std::move(call));
  auto answer = co_await task;
  if (!answer) co_return std::unexpected(ExplainClosed(std::move(answer.error())));
  co_return Result<void>();
}

Task<Result<ListPage>> CccProvider::List(CallContext context, std::string) {
  RpcCall call{"ListInstancesOfUser", {}, Effect::kRead, Subject::kAccount};
  auto task = client_.Call(std::move(context), std::move(call));
  auto answer = co_await task;
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  // An answer without the list is not an empty list: nothing may be concluded from it.
  if (FindMember(*answer, "Instances") == nullptr) {
    co_return std::unexpected(IncompleteRead("ccc:ListInstancesOfUser"));
  }
  ListPage list;
  for (const json* instance : ItemsOf(*answer, "Instances", "CallCenterInstance")) {
    auto entry = DecodeCccInstance(*instance, options_.ready_states, options_.personal);
    if (entry.external_name.empty()) {
      co_return std::unexpected(IncompleteRead("ccc:ListInstancesOfUser"));
    }
    list.entries.push_back(std::move(entry));
  }
  co_return list;
}

}  // namespace instanced::alibaba
