#include "api/kinds/json_reader.h"

#include <utility>

namespace instanced {

JsonReader::JsonReader(const nlohmann::json& json, std::string path)
    : json_(json), path_(std::move(path)) {
  if (!json_.is_object()) Misfit({}, "a mapping");
}

void JsonReader::Misfit(std::string_view name, std::string_view expected) {
  if (error_) return;
  std::string message = path_;
  if (!name.empty()) message.append(path_.empty() ? "" : ".").append(name);
  message.append(": expected ").append(expected);
  error_ = Fail(ErrorClass::kValidation, "InvalidField", std::move(message)).error();
}

const nlohmann::json* JsonReader::Find(const char* name) const {
  if (!json_.is_object()) return nullptr;
  const auto it = json_.find(name);
  return it == json_.end() || it->is_null() ? nullptr : &*it;
}

void JsonReader::Read(const char* name, std::string& out) {
  const auto* value = Find(name);
  if (value == nullptr) return;
  if (!value->is_string()) return Misfit(name, "a string");
  out = value->get<std::string>();
}

void JsonReader::Read(const char* name, std::int64_t& out) {
  const auto* value = Find(name);
  if (value == nullptr) return;
  if (!value->is_number_integer()) return Misfit(name, "an integer");
  out = value->get<std::int64_t>();
}

void JsonReader::Read(const char* name, double& out) {
  const auto* value = Find(name);
  if (value == nullptr) return;
  if (!value->is_number()) return Misfit(name, "a number");
  out = value->get<double>();
}

void JsonReader::Read(const char* name, bool& out) {
  const auto* value = Find(name);
  if (value == nullptr) return;
  if (!value->is_boolean()) return Misfit(name, "true or false");
  out = value->get<bool>();
}

void JsonReader::Read(const char* name, std::map<std::string, std::string>& out) {
  const auto* value = Object(name);
  if (value == nullptr) return;
  for (const auto& [key, item] : value->items()) {
    if (!item.is_string()) return Misfit(std::string(name) + "." + key, "a string");
    out[key] = item.get<std::string>();
  }
}

const nlohmann::json* JsonReader::Object(const char* name) {
  const auto* value = Find(name);
  if (value == nullptr || value->is_object()) return value;
  Misfit(name, "a mapping");
  return nullptr;
}

const nlohmann::json* JsonReader::Array(const char* name) {
  const auto* value = Find(name);
  if (value == nullptr || value->is_array()) return value;
  Misfit(name, "a list");
  return nullptr;
}

}  // namespace instanced
