// Amazon Connect, API 2017-08-08: https://docs.aws.amazon.com/connect/latest/APIReference/
#include <array>

#include "api/kinds/kind_tables.h"

namespace instanced {
namespace {

using enum Mutability;
using enum Comparison;

// There is no call for alias, identity type or directory. The two switches of calls are changed as
// the attributes INBOUND_CALLS and OUTBOUND_CALLS, one call each.
constexpr std::array kFields{
    FieldRule{"identityManagementType", kImmutable, kExact, {}},
    FieldRule{"instanceAlias", kImmutable, kIgnoreCase, {}},
    FieldRule{"directoryId", kImmutable, kIgnoreCase, {}},
    FieldRule{"inboundCallsEnabled", kMutable, kExact, "UpdateInstanceAttribute"},
    FieldRule{"outboundCallsEnabled", kMutable, kExact, "UpdateInstanceAttribute"},
    FieldRule{"attributes", kMutable, kMap, "UpdateInstanceAttribute"},
    FieldRule{"tags", kMutable, kTags, "TagResource"},
};

// A page of attributes holds 7 at most and 13 types are known: two pages.
constexpr std::array<std::string_view, 3> kObserve{"DescribeInstance", "ListInstanceAttributes",
                                                   "ListInstanceAttributes"};

}  // namespace

constinit const KindTraits kConnectInstanceTraits{
    .kind = Kind::kConnectInstance,
    .plural = "connectinstances",
    .singular = "connectinstance",
    .short_name = "cni",
    .cloud = Cloud::kAws,
    .service = "connect",
    .fields = kFields,
    .create_guard = CreateGuard::kToken,
    .natural_key_field = "instanceAlias",
    .natural_key_scope = NaturalKeyScope::kUnique,
    .mark_style = MarkStyle::kTags,
    .description_field = {},
    .operations = {.observe = kObserve,
                   .create = "CreateInstance",
                   .remove = "DeleteInstance",
                   .list = "ListInstances",
                   .tag = "TagResource",
                   .untag = "UntagResource"},
    .grouping = UpdateGrouping::kEach,
    .list_is_complete = false,  // a summary lacks tags and attributes
    .churn_limited = true,
    .other_fields = nullptr,
};

}  // namespace instanced
