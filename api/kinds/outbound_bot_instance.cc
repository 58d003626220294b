// Alibaba OutboundBot, API 2019-12-26: https://help.aliyun.com/zh/outboundbot/
#include <array>

#include "api/kinds/kind_tables.h"

namespace instanced {
namespace {

using enum Mutability;
using enum Comparison;

// DescribeInstance returns neither the calling numbers nor the NLU service; only the former can be
// sent again.
constexpr std::array kFields{
    FieldRule{"nluServiceType", kCreateOnly, kExact, {}},
    FieldRule{"instanceName", kMutable, kExact, "ModifyInstance"},
    FieldRule{"instanceDescription", kMutable, kDescription, "ModifyInstance"},
    FieldRule{"maxConcurrentConversation", kMutable, kExact, "ModifyInstance"},
    FieldRule{"callingNumbers", kWriteOnly, kUnorderedList, "ModifyInstance"},
    FieldRule{"resourceGroupId", kMutable, kExact, "ChangeResourceGroup"},
};

constexpr std::array<std::string_view, 1> kObserve{"DescribeInstance"};

}  // namespace

constinit const KindTraits kOutboundBotInstanceTraits{
    .kind = Kind::kOutboundBotInstance,
    .plural = "outboundbotinstances",
    .singular = "outboundbotinstance",
    .short_name = "obi",
    .cloud = Cloud::kAlibaba,
    .service = "outboundbot",
    .fields = kFields,
    .create_guard = CreateGuard::kNaturalKey,
    .natural_key_field = "instanceName",
    .natural_key_scope = NaturalKeyScope::kUnique,
    .mark_style = MarkStyle::kDescriptionSuffix,
    .description_field = "instanceDescription",
    .operations = {.observe = kObserve,
                   .create = "CreateInstance",
                   .remove = "DeleteInstance",
                   .list = "ListInstances",
                   .tag = {},
                   .untag = {}},
    .grouping = UpdateGrouping::kTogether,
    .list_is_complete = true,
    .churn_limited = false,
    .other_fields = nullptr,
};

}  // namespace instanced
