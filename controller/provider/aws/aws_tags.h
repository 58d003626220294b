// Tags as Connect and Supply Chain share them: the mark, the create's tags, the two tag calls.
// Pure.
#pragma once

#include <cstddef>

#include <nlohmann/json.hpp>

#include "api/error/error.h"
#include "api/object/mark.h"
#include "controller/provider/aws/rest_json_client.h"
#include "controller/provider/provider.h"

namespace instanced::aws {

ObservedMark MarkFromTags(const nlohmann::json& tags);

// The declared tags and our mark; Validation when they are more than `tags_max` together.
Result<nlohmann::json> TagsForCreate(const nlohmann::json& parameters, const Mark& mark,
                                     std::size_t tags_max);

// TagResource of every difference that asks for a value, UntagResource of the others, at most
// `keys_max` of them: what is left over differs still in the next pass.
RestCall TagCall(std::string_view tags_path, const std::string& arn, const UpdateStep& step);
RestCall UntagCall(std::string_view tags_path, const std::string& arn, const UpdateStep& step,
                   std::size_t keys_max);

// Canonical JSON: sorted keys, no spaces, whole UTF-8.
std::string Canonical(const nlohmann::json& document);

// An id that can stand as one segment of a path; Validation for an empty or a relative one.
Result<void> CheckInstanceId(const std::string& id);

}  // namespace instanced::aws
