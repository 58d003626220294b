#include "controller/source/manifest/crd_schema.h"

#include <array>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "api/crds/crds.h"
#include "controller/source/manifest/yaml_node.h"

namespace instanced {
namespace {

using nlohmann::json;

[[noreturn]] void Defect(const std::string& what) {
  std::fputs(("api/crds: " + what + "\n").c_str(), stderr);
  std::abort();
}

SchemaType TypeFrom(const std::string& word) {
  if (word == "object") return SchemaType::kObject;
  if (word == "array") return SchemaType::kArray;
  if (word == "string") return SchemaType::kString;
  if (word == "integer") return SchemaType::kInteger;
  if (word == "number") return SchemaType::kNumber;
  if (word == "boolean") return SchemaType::kBoolean;
  Defect("unknown type " + word);
}

CrdSchema Build(const json& from);

void TakeBounds(const json& from, CrdSchema& schema) {
  for (const char* name : {"minLength", "minItems", "minProperties"}) {
    if (from.contains(name)) schema.min_length = from.at(name).get<std::size_t>();
  }
  for (const char* name : {"maxLength", "maxItems", "maxProperties"}) {
    if (from.contains(name)) schema.max_length = from.at(name).get<std::size_t>();
  }
  if (from.contains("minimum")) schema.minimum = from.at("minimum").get<double>();
  if (from.contains("maximum")) schema.maximum = from.at("maximum").get<double>();
  schema.exclusive_minimum = from.value("exclusiveMinimum", false);
  schema.unique_items = from.value("x-kubernetes-list-type", "") == "set";
}

void TakeText(const json& from, CrdSchema& schema) {
  if (from.contains("enum")) schema.words = from.at("enum").get<std::vector<std::string>>();
  schema.pattern_text = from.value("pattern", "");
  if (schema.pattern_text.empty()) return;
  schema.pattern = std::make_unique<RE2>(schema.pattern_text, RE2::Quiet);
  if (!schema.pattern->ok()) Defect("bad pattern " + schema.pattern_text);
}

void TakeRules(const json& from, CrdSchema& schema) {
  if (!from.contains("x-kubernetes-validations")) return;
  for (const auto& item : from.at("x-kubernetes-validations")) {
    const auto text = item.at("rule").get<std::string>();
    auto rule = CelRule::Parse(text);
    if (!rule) Defect("bad rule " + text + ": " + rule.error());
    schema.rules.push_back({std::move(*rule), item.at("message").get<std::string>()});
  }
}

CrdSchema Build(const json& from) {
  CrdSchema schema;
  schema.type = TypeFrom(from.value("type", "object"));
  if (from.value("x-kubernetes-preserve-unknown-fields", false)) {
    schema.unknown_fields = UnknownFields::kPreserve;
  }
  if (from.contains("properties")) {
    for (const auto& [name, item] : from.at("properties").items()) {
      schema.properties.emplace(name, Build(item));
    }
  }
  if (from.contains("required")) {
    schema.required = from.at("required").get<std::vector<std::string>>();
  }
  if (from.contains("additionalProperties")) {
    schema.additional_properties =
        std::make_unique<CrdSchema>(Build(from.at("additionalProperties")));
  }
  if (from.contains("items")) schema.items = std::make_unique<CrdSchema>(Build(from.at("items")));
  schema.default_value = from.value("default", json());
  TakeBounds(from, schema);
  TakeText(from, schema);
  TakeRules(from, schema);
  return schema;
}

CrdSchema Load(Kind kind) {
  const auto file = ReadYaml("crd", CrdYaml(kind), YamlLimits{});
  if (!file.problems.empty()) Defect(ToString(file.problems.front()));
  try {
    return Build(
        ToJson(file.documents.at(0)).at("/spec/versions/0/schema/openAPIV3Schema"_json_pointer));
  } catch (const std::exception& error) {
    Defect(error.what());
  }
}

template <std::size_t... I>
std::array<CrdSchema, sizeof...(I)> LoadAll(std::index_sequence<I...>) {
  return {Load(static_cast<Kind>(I))...};
}

}  // namespace

const CrdSchema& SchemaOf(Kind kind) {
  static const auto kSchemas = LoadAll(std::make_index_sequence<6>());
  return kSchemas.at(static_cast<std::size_t>(kind));
}

}  // namespace instanced
