#include "api/object/intent.h"

#include <nlohmann/json.hpp>

#include "api/object/digest.h"

namespace instanced {
namespace {

bool Read(const nlohmann::json& json, const char* name, std::string& out) {
  const auto it = json.find(name);
  if (it == json.end() || !it->is_string()) return false;
  out = it->get<std::string>();
  return true;
}

bool Read(const nlohmann::json& json, const char* name, std::int64_t& out) {
  const auto it = json.find(name);
  if (it == json.end() || !it->is_number_integer()) return false;
  out = it->get<std::int64_t>();
  return true;
}

}  // namespace

std::string IdempotencyToken(std::string_view uid, std::int64_t attempt) {
  return UuidV5(uid, "create/" + std::to_string(attempt));
}

nlohmann::json ToJson(const Intent& intent) {
  return {{"operation", intent.operation},
          {"attempt", intent.attempt},
          {"token", intent.token},
          {"request", intent.request},
          {"absentBefore", intent.absent_before == AbsentBefore::kAbsent},
          {"holder", intent.holder},
          {"epoch", intent.epoch},
          {"notBefore", intent.not_before},
          {"deadlineMilliseconds", intent.deadline_ms}};
}

std::optional<Intent> IntentFromJson(const nlohmann::json& json) {
  if (!json.is_object()) return std::nullopt;
  Intent intent;
  const auto absent = json.find("absentBefore");
  if (absent == json.end() || !absent->is_boolean()) return std::nullopt;
  intent.absent_before = absent->get<bool>() ? AbsentBefore::kAbsent : AbsentBefore::kNotLooked;
  const bool complete =
      Read(json, "operation", intent.operation) && Read(json, "attempt", intent.attempt) &&
      Read(json, "token", intent.token) && Read(json, "request", intent.request) &&
      Read(json, "holder", intent.holder) && Read(json, "epoch", intent.epoch) &&
      Read(json, "notBefore", intent.not_before) &&
      Read(json, "deadlineMilliseconds", intent.deadline_ms);
  if (!complete || intent.attempt < 1) return std::nullopt;
  return intent;
}

}  // namespace instanced
