// Any cloud behind a gRPC plugin: its own schema says which fields exist and what may change.
#include <array>

#include "api/kinds/kind_tables.h"

namespace instanced {
namespace {

constexpr std::array kFields{
    FieldRule{"tags", Mutability::kMutable, Comparison::kTags, "Update"},
};
constexpr FieldRule kOtherFields{{}, Mutability::kMutable, Comparison::kExact, "Update"};

constexpr std::array<std::string_view, 1> kObserve{"Observe"};

}  // namespace

constinit const KindTraits kPluginInstanceTraits{
    .kind = Kind::kPluginInstance,
    .plural = "plugininstances",
    .singular = "plugininstance",
    .short_name = "pli",
    .cloud = Cloud::kPlugin,
    .service = "plugin",
    .fields = kFields,
    .create_guard = CreateGuard::kToken,
    .natural_key_field = {},
    .natural_key_scope = NaturalKeyScope::kNotUnique,
    .mark_style = MarkStyle::kTags,
    .description_field = {},
    .operations = {.observe = kObserve,
                   .create = "Create",
                   .remove = "Delete",
                   .list = "List",
                   .tag = "Update",
                   .untag = "Update"},
    .grouping = UpdateGrouping::kTogether,
    .list_is_complete = false,
    .churn_limited = false,
    .other_fields = &kOtherFields,
};

}  // namespace instanced
