#include "controller/provider/aws/connect/connect_codec.h"

#include <array>
#include <string_view>
#include <utility>

#include "controller/provider/aws/aws_tags.h"
#include "controller/provider/aws/aws_time.h"

namespace instanced::aws {
namespace {

using nlohmann::json;

constexpr std::size_t kTagsMax = 50;

// Lower camel case all the way down; `Tags` is a map whose keys are the user's.
json Renamed(const json& value) {
  if (value.is_array()) {
    auto out = json::array();
    for (const auto& entry : value) out.push_back(Renamed(entry));
    return out;
  }
  if (!value.is_object()) return value;
  auto out = json::object();
  for (const auto& [name, member] : value.items()) {
    const auto time = name.ends_with("Time") ? TimeFromJson(member) : std::nullopt;
    if (time) {
      out[LowerCamel(name)] = FormatRfc3339(*time);
    } else {
      out[LowerCamel(name)] = name == "Tags" ? member : Renamed(member);
    }
  }
  return out;
}

Lifecycle LifecycleOf(std::string_view status) {
  if (status == "ACTIVE") return Lifecycle::kReady;
  if (status == "CREATION_IN_PROGRESS") return Lifecycle::kCreating;
  if (status == "CREATION_FAILED") return Lifecycle::kCreateFailed;
  return Lifecycle::kUnknown;
}

void Copy(json& to, const char* to_name, const json& from, const char* from_name) {
  const auto it = from.find(from_name);
  if (it != from.end() && !it->is_null()) to[to_name] = *it;
}

std::unexpected<Error> Missing(const char* field) {
  return Fail(ErrorClass::kValidation, "MissingField",
              std::string("forProvider.") + field + " is needed to create an instance");
}

}  // namespace

Result<std::string> EncodeConnectCreate(const CreateInput& input) {
  const json& parameters = input.parameters;
  auto tags = TagsForCreate(parameters, input.mark, kTagsMax);
  if (!tags) return std::unexpected(tags.error());
  json body{{"ClientToken", input.token}, {"Tags", std::move(*tags)}};
  Copy(body, "IdentityManagementType", parameters, "identityManagementType");
  Copy(body, "InboundCallsEnabled", parameters, "inboundCallsEnabled");
  Copy(body, "OutboundCallsEnabled", parameters, "outboundCallsEnabled");
  Copy(body, "InstanceAlias", parameters, "instanceAlias");
  Copy(body, "DirectoryId", parameters, "directoryId");
  if (!body.contains("IdentityManagementType")) return Missing("identityManagementType");
  if (!body.contains("InboundCallsEnabled")) return Missing("inboundCallsEnabled");
  if (!body.contains("OutboundCallsEnabled")) return Missing("outboundCallsEnabled");
  return Canonical(body);
}

std::optional<Observation> ObserveConnectSummary(const json& summary) {
  if (!summary.is_object()) return std::nullopt;
  Observation out;
  out.external_name = StringOr(summary, "Id", "");
  if (out.external_name.empty()) return std::nullopt;
  out.cloud_state = StringOr(summary, "InstanceStatus", "");
  out.lifecycle = LifecycleOf(out.cloud_state);
  out.natural_key = StringOr(summary, "InstanceAlias", "");
  if (const auto created = summary.find("CreatedTime"); created != summary.end()) {
    out.created_at = TimeFromJson(*created);
  }
  out.fields = json::object();
  Copy(out.fields, "identityManagementType", summary, "IdentityManagementType");
  Copy(out.fields, "instanceAlias", summary, "InstanceAlias");
  Copy(out.fields, "inboundCallsEnabled", summary, "InboundCallsEnabled");
  Copy(out.fields, "outboundCallsEnabled", summary, "OutboundCallsEnabled");
  out.at_provider = Renamed(summary);
  return out;
}

std::optional<Observation> ObserveConnect(const json& answer) {
  const json* instance = FindObject(answer, "Instance");
  if (instance == nullptr) return std::nullopt;
  auto out = ObserveConnectSummary(*instance);
  if (!out) return std::nullopt;
  if (const json* reason = FindObject(*instance, "StatusReason")) {
    out->cloud_message = SanitizeMessage(StringOr(*reason, "Message", ""));
  }
  const json* tags = FindObject(*instance, "Tags");
  out->fields["tags"] = tags != nullptr ? *tags : json::object();
  out->mark = MarkFromTags(out->fields["tags"]);
  for (const auto& [name, member] : answer.items()) {
    if (name != "Instance") out->at_provider[LowerCamel(name)] = Renamed(member);
  }
  return out;
}

void AddConnectAttributes(Observation& observation, const json& answer) {
  json& fields = observation.fields["attributes"];
  if (!fields.is_object()) fields = json::object();
  const auto list = answer.find("Attributes");
  if (list != answer.end() && list->is_array()) {
    for (const auto& entry : *list) {
      if (!entry.is_object()) continue;
      const std::string type = StringOr(entry, "AttributeType", "");
      if (!type.empty()) fields[type] = StringOr(entry, "Value", "");
    }
  }
  observation.at_provider["attributes"] = fields;
}

Result<ConnectAttribute> AttributeFor(const FieldDiff& diff) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 2> kSwitches{
      {{"inboundCallsEnabled", "INBOUND_CALLS"}, {"outboundCallsEnabled", "OUTBOUND_CALLS"}}};
  ConnectAttribute out;
  for (const auto& [field, type] : kSwitches) {
    if (diff.field == field) out.type = type;
  }
  if (diff.field == "attributes") out.type = diff.key;
  if (diff.desired.is_boolean()) out.value = diff.desired.get<bool>() ? "true" : "false";
  if (diff.desired.is_string()) out.value = diff.desired.get<std::string>();
  if (!out.type.empty() && !out.value.empty()) return out;
  return Fail(ErrorClass::kValidation, "NotAnAttribute",
              "no instance attribute can make " + Describe(diff));
}

}  // namespace instanced::aws
