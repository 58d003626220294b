#include "controller/provider/aws/aws_tags.h"

#include <utility>

namespace instanced::aws {

ObservedMark MarkFromTags(const nlohmann::json& tags) {
  return {.owner_value = StringOr(tags, kOwnerTag.data(), ""),
          .uid = StringOr(tags, kUidTag.data(), ""),
          .suffix = {}};
}

Result<nlohmann::json> TagsForCreate(const nlohmann::json& parameters, const Mark& mark,
                                     std::size_t tags_max) {
  auto tags = nlohmann::json::object();
  if (const auto* declared = FindObject(parameters, "tags")) tags = *declared;
  tags[std::string(kOwnerTag)] = mark.owner_value;
  tags[std::string(kUidTag)] = mark.uid;
  if (tags.size() > tags_max) {
    return Fail(ErrorClass::kValidation, "TooManyTags",
                "the API takes " + std::to_string(tags_max) + " tags, two of them ours; " +
                    std::to_string(tags.size() - 2) + " are declared");
  }
  return tags;
}

RestCall TagCall(std::string_view tags_path, const std::string& arn, const UpdateStep& step) {
  auto tags = nlohmann::json::object();
  for (const FieldDiff& diff : step.diffs) {
    if (!diff.desired.is_null()) tags[diff.key] = diff.desired;
  }
  return {.operation = "TagResource",
          .effect = Effect::kChange,
          .method = HttpMethod::kPost,
          .target = RestTarget(tags_path).Label(arn).text(),
          .body = Canonical({{"tags", std::move(tags)}})};
}

RestCall UntagCall(std::string_view tags_path, const std::string& arn, const UpdateStep& step,
                   std::size_t keys_max) {
  RestTarget target(tags_path);
  target.Label(arn);
  std::size_t count = 0;
  for (const FieldDiff& diff : step.diffs) {
    if (diff.desired.is_null() && count++ < keys_max) target.Query("tagKeys", diff.key);
  }
  return {.operation = "UntagResource",
          .effect = Effect::kChange,
          .method = HttpMethod::kDelete,
          .target = target.text(),
          .body = {}};
}

std::string Canonical(const nlohmann::json& document) {
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<void> CheckInstanceId(const std::string& id) {
  if (!id.empty() && id != "." && id != "..") return {};
  return Fail(ErrorClass::kValidation, "InvalidInstanceId",
              "\"" + id + "\" cannot be the id of an instance");
}

}  // namespace instanced::aws
