#include "controller/provider/aws/supplychain/supplychain_codec.h"

#include <array>
#include <string_view>
#include <utility>

#include "controller/provider/aws/aws_tags.h"
#include "controller/provider/aws/aws_time.h"

namespace instanced::aws {
namespace {

using nlohmann::json;

constexpr std::size_t kTagsMax = 200;
constexpr std::size_t kTokenMin = 33;
constexpr std::size_t kTokenMax = 126;
constexpr std::array<const char*, 4> kFields{"instanceName", "instanceDescription", "kmsKeyArn",
                                             "webAppDnsDomain"};

Lifecycle LifecycleOf(std::string_view state) {
  static constexpr std::array<std::pair<std::string_view, Lifecycle>, 6> kStates{
      {{"Initializing", Lifecycle::kCreating},
       {"Active", Lifecycle::kReady},
       {"CreateFailed", Lifecycle::kCreateFailed},
       {"Deleting", Lifecycle::kDeleting},
       {"DeleteFailed", Lifecycle::kDeleteFailed},
       {"Deleted", Lifecycle::kGone}}};
  for (const auto& [word, lifecycle] : kStates) {
    if (word == state) return lifecycle;
  }
  return Lifecycle::kUnknown;
}

bool HasText(const json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() && !it->get_ref<const std::string&>().empty();
}

}  // namespace

Result<std::string> EncodeSupplyChainCreate(const CreateInput& input) {
  if (input.token.size() < kTokenMin || input.token.size() > kTokenMax) {
    return Fail(ErrorClass::kValidation, "InvalidToken", "a client token has 33 to 126 characters");
  }
  auto tags = TagsForCreate(input.parameters, input.mark, kTagsMax);
  if (!tags) return std::unexpected(tags.error());
  json body{{"clientToken", input.token}, {"tags", std::move(*tags)}};
  for (const char* field : kFields) {
    if (HasText(input.parameters, field)) body[field] = input.parameters[field];
  }
  return Canonical(body);
}

Result<std::string> EncodeSupplyChainUpdate(const UpdateStep& step) {
  auto body = json::object();
  for (const FieldDiff& diff : step.diffs) {
    if (diff.field != "instanceName" && diff.field != "instanceDescription") {
      return Fail(ErrorClass::kTerminal, "UnknownField",
                  "UpdateInstance cannot change " + diff.field);
    }
    body[diff.field] = diff.desired.is_null() ? json("") : diff.desired;
  }
  if (body.empty()) {
    return Fail(ErrorClass::kTerminal, "EmptyStep", "the update has nothing to change");
  }
  return Canonical(body);
}

std::optional<Observation> ObserveSupplyChain(const json& instance) {
  if (!instance.is_object()) return std::nullopt;
  Observation out;
  out.external_name = StringOr(instance, "instanceId", "");
  if (out.external_name.empty()) return std::nullopt;
  out.cloud_state = StringOr(instance, "state", "");
  out.lifecycle = LifecycleOf(out.cloud_state);
  out.cloud_message = SanitizeMessage(StringOr(instance, "errorMessage", ""));
  out.natural_key = StringOr(instance, "instanceName", "");
  if (const auto created = instance.find("createdTime"); created != instance.end()) {
    out.created_at = TimeFromJson(*created);
  }
  out.fields = json::object();
  for (const char* field : kFields) {
    if (HasText(instance, field)) out.fields[field] = instance[field];
  }
  out.at_provider = instance;
  for (const char* name : {"createdTime", "lastModifiedTime"}) {
    const auto it = out.at_provider.find(name);
    const auto time = it == out.at_provider.end() ? std::nullopt : TimeFromJson(*it);
    if (time) *it = FormatRfc3339(*time);
  }
  return out;
}

void AddSupplyChainTags(Observation& observation, const json& answer) {
  const json* tags = FindObject(answer, "tags");
  observation.fields["tags"] = tags != nullptr ? *tags : json::object();
  observation.at_provider["tags"] = observation.fields["tags"];
  observation.mark = MarkFromTags(observation.fields["tags"]);
}

}  // namespace instanced::aws
