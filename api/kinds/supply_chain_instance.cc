// AWS Supply Chain, API 2024-01-01:
// https://docs.aws.amazon.com/aws-supply-chain/latest/APIReference/
#include <array>

#include "api/kinds/kind_tables.h"

namespace instanced {
namespace {

using enum Mutability;
using enum Comparison;

constexpr std::array kFields{
    FieldRule{"kmsKeyArn", kImmutable, kExact, {}},
    FieldRule{"webAppDnsDomain", kImmutable, kIgnoreCase, {}},
    FieldRule{"instanceName", kMutable, kExact, "UpdateInstance"},
    FieldRule{"instanceDescription", kMutable, kExact, "UpdateInstance"},
    FieldRule{"tags", kMutable, kTags, "TagResource"},
};

// The instance itself carries no tags.
constexpr std::array<std::string_view, 2> kObserve{"GetInstance", "ListTagsForResource"};

}  // namespace

constinit const KindTraits kSupplyChainInstanceTraits{
    .kind = Kind::kSupplyChainInstance,
    .plural = "supplychaininstances",
    .singular = "supplychaininstance",
    .short_name = "scni",
    .cloud = Cloud::kAws,
    .service = "scn",
    .fields = kFields,
    .create_guard = CreateGuard::kToken,
    .natural_key_field = "instanceName",
    .natural_key_scope = NaturalKeyScope::kNotUnique,
    .mark_style = MarkStyle::kTags,
    .description_field = {},
    .operations = {.observe = kObserve,
                   .create = "CreateInstance",
                   .remove = "DeleteInstance",
                   .list = "ListInstances",
                   .tag = "TagResource",
                   .untag = "UntagResource"},
    .grouping = UpdateGrouping::kTogether,
    .list_is_complete = false,
    .churn_limited = false,
    .other_fields = nullptr,
};

}  // namespace instanced
