#include "api/kinds/status.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace instanced {
namespace {

void ReadString(const nlohmann::json& json, const char* name, std::string& out) {
  const auto it = json.find(name);
  if (it != json.end() && it->is_string()) out = it->get<std::string>();
}

void ReadInteger(const nlohmann::json& json, const char* name, std::int64_t& out) {
  const auto it = json.find(name);
  if (it != json.end() && it->is_number_integer()) out = it->get<std::int64_t>();
}

void ReadDocument(const nlohmann::json& json, const char* name, std::string& out) {
  const auto it = json.find(name);
  if (it == json.end() || !it->is_object()) return;
  out = it->dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void WriteString(nlohmann::json& json, const char* name, const std::string& value) {
  if (!value.empty()) json[name] = value;
}

void WriteDocument(nlohmann::json& json, const char* name, const std::string& text) {
  if (text.empty()) return;
  auto document = nlohmann::json::parse(text, nullptr, false);
  if (document.is_object()) json[name] = std::move(document);
}

}  // namespace

nlohmann::json ToJson(const InstanceStatus& status) {
  nlohmann::json json{{"observedGeneration", status.observed_generation},
                      {"conditions", ToJson(status.conditions)}};
  WriteString(json, "externalName", status.external_name);
  WriteString(json, "claimedAt", status.claimed_at);
  WriteString(json, "boundDomain", status.bound_domain);
  WriteString(json, "acceptedMark", status.accepted_mark);
  if (status.intent) json["intent"] = ToJson(*status.intent);
  if (status.attempts != 0) json["attempts"] = status.attempts;
  WriteDocument(json, "atProvider", status.at_provider);
  WriteDocument(json, "sent", status.sent);
  return json;
}

ParsedStatus InstanceStatusFromJson(const nlohmann::json& json) {
  ParsedStatus out;
  if (!json.is_object()) {
    // A status that is there and cannot be read may hide an open intent.
    out.intent_unreadable = !json.is_null();
    return out;
  }
  ReadInteger(json, "observedGeneration", out.status.observed_generation);
  if (const auto it = json.find("conditions"); it != json.end()) {
    out.status.conditions = ConditionsFromJson(*it);
  }
  ReadString(json, "externalName", out.status.external_name);
  ReadString(json, "claimedAt", out.status.claimed_at);
  ReadString(json, "boundDomain", out.status.bound_domain);
  ReadString(json, "acceptedMark", out.status.accepted_mark);
  ReadInteger(json, "attempts", out.status.attempts);
  ReadDocument(json, "atProvider", out.status.at_provider);
  ReadDocument(json, "sent", out.status.sent);
  if (const auto it = json.find("intent"); it != json.end() && !it->is_null()) {
    out.status.intent = IntentFromJson(*it);
    out.intent_unreadable = !out.status.intent.has_value();
  }
  return out;
}

InstanceStatus PendingStatus(std::string_view now_rfc3339) {
  InstanceStatus status;
  status.conditions.Mark(Condition{.type = ConditionType::kReady,
                                   .status = ConditionStatus::kUnknown,
                                   .reason = Reason::kPending,
                                   .message = std::string(kPendingMessage),
                                   .observed_generation = 0,
                                   .last_transition_time = {}},
                         now_rfc3339);
  return status;
}

}  // namespace instanced
