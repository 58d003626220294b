// Alibaba Cloud Call Center, API 2017-07-05: https://help.aliyun.com/zh/ccs/
#include <array>

#include "api/kinds/kind_tables.h"

namespace instanced {
namespace {

using enum Mutability;
using enum Comparison;

// The API has no call that modifies an instance. Numbers and administrators may be refused one by
// one while the creation succeeds, and come back in another form: they cannot be compared.
constexpr std::array kFields{
    FieldRule{"name", kImmutable, kExact, {}},
    FieldRule{"domainName", kImmutable, kIgnoreCase, {}},
    FieldRule{"storageMaxDays", kImmutable, kExact, {}},
    FieldRule{"storageMaxSize", kImmutable, kExact, {}},
    FieldRule{"description", kImmutable, kDescription, {}},
    FieldRule{"directoryId", kImmutable, kExact, {}},
    FieldRule{"phoneNumber", kCreateOnly, kExact, {}},
    FieldRule{"phoneNumbers", kCreateOnly, kUnorderedList, {}},
    FieldRule{"adminRamIds", kCreateOnly, kUnorderedList, {}},
    FieldRule{"userObjects", kCreateOnly, kUnorderedList, {}},
};

constexpr std::array<std::string_view, 1> kObserve{"GetInstance"};

}  // namespace

constinit const KindTraits kCloudCallCenterInstanceTraits{
    .kind = Kind::kCloudCallCenterInstance,
    .plural = "cloudcallcenterinstances",
    .singular = "cloudcallcenterinstance",
    .short_name = "ccci",
    .cloud = Cloud::kAlibaba,
    .service = "ccc",
    .fields = kFields,
    .create_guard = CreateGuard::kNaturalKey,
    .natural_key_field = "domainName",
    .natural_key_scope = NaturalKeyScope::kUnique,
    .mark_style = MarkStyle::kDescriptionSuffix,
    .description_field = "description",
    .operations = {.observe = kObserve,
                   .create = "CreateInstance",
                   .remove = "DeleteInstance",
                   .list = "ListInstancesOfUser",
                   .tag = {},
                   .untag = {}},
    .grouping = UpdateGrouping::kTogether,
    .list_is_complete = true,  // an entry has the members of GetInstance
    .churn_limited = false,
    .other_fields = nullptr,
};

}  // namespace instanced
