#include "controller/provider/alibaba/outboundbot/outbound_bot_codec.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "controller/provider/alibaba/answer_checks.h"
#include "controller/provider/alibaba/lenient_json.h"
#include "controller/provider/alibaba/request_codec.h"

namespace instanced::alibaba {
namespace {

using nlohmann::json;
using enum FieldForm;

// No page of the API names a limit; this is the sibling product's.
constexpr std::size_t kDescriptionMax = 256;

constexpr auto kCreateRules = std::to_array<ParameterRule>({
    {"instanceName", "InstanceName"},
    {"instanceDescription", "InstanceDescription"},
    {"maxConcurrentConversation", "MaxConcurrentConversation"},
    {"nluServiceType", "NluServiceType"},
    {"resourceGroupId", "ResourceGroupId"},
    {"callingNumbers", "CallingNumber", ParameterForm::kList},
});

constexpr auto kModifyRules = std::to_array<ParameterRule>({
    {"instanceName", "InstanceName"},
    {"instanceDescription", "InstanceDescription"},
    {"maxConcurrentConversation", "MaxConcurrentConversation"},
    {"callingNumbers", "CallingNumber", ParameterForm::kList},
});

constexpr auto kInstanceFields = std::to_array<WireField>({
    {"InstanceId", "instanceId"},
    {"InstanceName", "instanceName"},
    {"InstanceDescription", "instanceDescription"},
    {"MaxConcurrentConversation", "maxConcurrentConversation", kInteger},
    {"CreationTime", "creationTime", kTime},
    {"CreatorId", "creatorId", kInteger},
    {"CreatorName", "creatorName"},
    {"Owner", "owner"},
    {"OwnerName", "ownerName"},
    {"ResourceGroupId", "resourceGroupId"},
    {"CallCenterInstanceId", "callCenterInstanceId"},
    {"NluServiceType", "nluServiceType"},
    {"IsPreset", "isPreset", kFlag},
    {"IsTemplateContainer", "isTemplateContainer", kFlag},
});

// AccessKey, SecretKey, AgentKey and LlmAgentKey are secrets and have no row.
constexpr auto kNluProfileFields = std::to_array<WireField>({
    {"Endpoint", "endpoint"},
    {"AgentId", "agentId"},
    {"LlmAgentId", "llmAgentId"},
    {"SupportBeebotPrompts", "supportBeebotPrompts", kFlag},
});

constexpr auto kTagFields = std::to_array<WireField>({{"Key", "key"}, {"Value", "value"}});

constexpr auto kComparableFields = std::to_array<WireField>({
    {"InstanceName", "instanceName"},
    {"MaxConcurrentConversation", "maxConcurrentConversation", kInteger},
    {"ResourceGroupId", "resourceGroupId"},
    {"NluServiceType", "nluServiceType"},
});

Result<void> PutMarked(RpcParameters& parameters, const Mark& mark) {
  auto description = MarkedDescription("instanceDescription", parameters["InstanceDescription"],
                                       mark.suffix, kDescriptionMax);
  if (!description) return std::unexpected(std::move(description.error()));
  parameters["InstanceDescription"] = *std::move(description);
  return {};
}

// Only what ModifyInstance takes, the declared value before the observed one.
json ModifiableFields(const UpdateInput& input) {
  json fields = json::object();
  for (const ParameterRule& rule : kModifyRules) {
    const std::string name(rule.name);
    for (const json* origin : {&input.parameters, &input.observed}) {
      if (!origin->is_object() || !origin->contains(name) || (*origin)[name].is_null()) continue;
      fields[name] = (*origin)[name];
      break;
    }
  }
  return fields;
}

}  // namespace

Result<std::string> EncodeOutboundBotCreate(const CreateInput& input) {
  auto parameters = ToParameters(input.parameters, kCreateRules);
  if (!parameters) return std::unexpected(std::move(parameters.error()));
  if (auto put = PutMarked(*parameters, input.mark); !put) {
    return std::unexpected(std::move(put.error()));
  }
  return EncodeRequest(*parameters);
}

Result<RpcParameters> EncodeOutboundBotModify(const UpdateInput& input) {
  auto parameters = ToParameters(ModifiableFields(input), kModifyRules);
  if (!parameters) return parameters;
  if (!parameters->contains("MaxConcurrentConversation")) {
    return Fail(ErrorClass::kValidation, "MissingField",
                "spec.forProvider.maxConcurrentConversation: ModifyInstance needs it");
  }
  if (auto put = PutMarked(*parameters, input.mark); !put) {
    return std::unexpected(std::move(put.error()));
  }
  (*parameters)["InstanceId"] = input.external_name;
  return parameters;
}

Result<RpcParameters> EncodeOutboundBotMove(const UpdateInput& input) {
  const std::string group = TextOf(input.parameters, "resourceGroupId");
  if (group.empty()) {
    return Fail(ErrorClass::kValidation, "MissingField",
                "spec.forProvider.resourceGroupId: ChangeResourceGroup needs it");
  }
  return RpcParameters{{"ResourceId", input.external_name}, {"NewResourceGroupId", group}};
}

Observation DecodeOutboundBotInstance(const json& instance) {
  Observation observation;
  observation.external_name = TextOf(instance, "InstanceId");
  observation.lifecycle = Lifecycle::kReady;
  observation.natural_key = TextOf(instance, "InstanceName");
  observation.created_at = AsTime(FindMember(instance, "CreationTime"));
  if (AsFlag(FindMember(instance, "IsPreset")) == true) observation.adoptable = Adoptable::kPreset;
  auto described = SplitSuffix(TextOf(instance, "InstanceDescription"));
  observation.mark = ObservedMark{{}, {}, std::move(described.suffix)};
  observation.fields = Project(instance, kComparableFields);
  observation.fields["instanceDescription"] = std::move(described.description);
  observation.at_provider = Project(instance, kInstanceFields);
  if (const json* profile = FindMember(instance, "NluProfile")) {
    json shown = Project(*profile, kNluProfileFields);
    if (!shown.empty()) observation.at_provider["nluProfile"] = std::move(shown);
  }
  json tags = json::array();
  for (const json* tag : ItemsOf(instance, "ResourceTags", "ResourceTag")) {
    tags.push_back(Project(*tag, kTagFields));
  }
  if (!tags.empty()) observation.at_provider["resourceTags"] = std::move(tags);
  return observation;
}

Result<OutboundBotPage> ParseOutboundBotPage(std::string_view text) {
  OutboundBotPage page;
  if (text.empty()) return page;
  const auto* const end = text.data() + text.size();
  const auto number = std::from_chars(text.data(), end, page.number);
  const bool goes_on = number.ec == std::errc() && number.ptr != end && *number.ptr == ',';
  if (goes_on) {
    const auto total = std::from_chars(number.ptr + 1, end, page.total_before);
    const bool read = total.ec == std::errc() && total.ptr == end;
    if (read && page.number >= 1 && page.total_before >= 0) return page;
  }
  return Fail(ErrorClass::kTerminal, "InvalidPage", "the page to go on with is none of this list");
}

Result<std::string> NextOutboundBotPage(const json& answer, OutboundBotPage page,
                                        std::size_t entries) {
  // A server may give smaller pages than asked for, never larger ones.
  const auto told = AsInteger(FindMember(answer, "PageSize")).value_or(kOutboundBotPageSize);
  const auto size = told < 1 || told > kOutboundBotPageSize ? kOutboundBotPageSize : told;
  const auto shown = static_cast<std::int64_t>(entries);
  const auto total = AsInteger(FindMember(answer, "TotalCount"));
  if (!total) return shown == size ? fmt::format("{},0", page.number + 1) : "";
  const auto left = *total - (page.number - 1) * size;
  if (shown < std::min<std::int64_t>(size, left)) {
    Error error = IncompleteRead("outboundbot:ListInstances");
    error.message = "the list shows fewer instances than it counts";
    return std::unexpected(std::move(error));
  }
  if (*total < page.total_before && page.number > 1) {
    const auto back = (page.total_before - *total + size - 1) / size;
    return fmt::format("{},{}", std::max<std::int64_t>(page.number - back, 1), *total);
  }
  return left > size ? fmt::format("{},{}", page.number + 1, *total) : "";
}

}  // namespace instanced::alibaba
