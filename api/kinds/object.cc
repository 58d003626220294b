#include "api/kinds/object.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/kinds/json_reader.h"

namespace instanced {
namespace {

StringPairs ReadPairs(JsonReader& reader, const char* name) {
  std::map<std::string, std::string> pairs;  // sorted by name
  reader.Read(name, pairs);
  return StringPairs(std::make_move_iterator(pairs.begin()), std::make_move_iterator(pairs.end()));
}

Result<ObjectMeta> MetaFromJson(const nlohmann::json& metadata, Kind kind) {
  ObjectMeta meta;
  meta.key.kind = kind;
  JsonReader reader(metadata, "metadata");
  reader.Read("namespace", meta.key.namespace_);
  reader.Read("name", meta.key.name);
  reader.Read("uid", meta.uid);
  reader.Read("resourceVersion", meta.resource_version);
  reader.Read("generation", meta.generation);
  reader.Read("creationTimestamp", meta.creation_timestamp);
  meta.labels = ReadPairs(reader, "labels");
  meta.annotations = ReadPairs(reader, "annotations");
  std::string deletion;
  reader.Read("deletionTimestamp", deletion);
  if (!deletion.empty()) meta.deletion_timestamp = std::move(deletion);
  if (const auto* list = reader.Array("finalizers")) {
    for (const auto& item : *list) {
      if (item.is_string()) meta.finalizers.push_back(item.get<std::string>());
    }
  }
  if (meta.key.name.empty()) reader.Misfit("name", "a name");
  if (reader.error()) return std::unexpected(*reader.error());
  return meta;
}

nlohmann::json PairsToJson(const StringPairs& pairs) {
  auto json = nlohmann::json::object();
  for (const auto& [name, value] : pairs) json[name] = value;
  return json;
}

nlohmann::json MetaToJson(const ObjectMeta& meta) {
  nlohmann::json json{{"name", meta.key.name}, {"generation", meta.generation}};
  const auto put = [&json](const char* name, const std::string& value) {
    if (!value.empty()) json[name] = value;
  };
  put("namespace", meta.key.namespace_);
  put("uid", meta.uid);
  put("resourceVersion", meta.resource_version);
  put("creationTimestamp", meta.creation_timestamp);
  if (meta.deletion_timestamp) json["deletionTimestamp"] = *meta.deletion_timestamp;
  if (!meta.labels.empty()) json["labels"] = PairsToJson(meta.labels);
  if (!meta.annotations.empty()) json["annotations"] = PairsToJson(meta.annotations);
  if (!meta.finalizers.empty()) json["finalizers"] = meta.finalizers;
  return json;
}

nlohmann::json Document(const ObjectMeta& meta, nlohmann::json spec) {
  return {{"apiVersion", kApiVersion},
          {"kind", ToString(meta.key.kind)},
          {"metadata", MetaToJson(meta)},
          {"spec", std::move(spec)}};
}

const nlohmann::json& MemberOr(const nlohmann::json& json, const char* name,
                               const nlohmann::json& otherwise) {
  const auto it = json.find(name);
  return it == json.end() ? otherwise : *it;
}

Result<ObjectPtr> InstanceFromJson(const nlohmann::json& json, ObjectMeta meta) {
  const auto nothing = nlohmann::json::object();
  auto spec = InstanceSpecFromJson(MemberOr(json, "spec", nothing));
  if (!spec) return std::unexpected(std::move(spec.error()));
  auto parsed = InstanceStatusFromJson(MemberOr(json, "status", nothing));
  return std::make_shared<const InstanceObject>(InstanceObject{
      std::move(meta), std::move(*spec), std::move(parsed.status), parsed.intent_unreadable});
}

}  // namespace

const std::string* FindValue(const StringPairs& pairs, std::string_view name) {
  const auto it = std::ranges::find(pairs, name, &StringPairs::value_type::first);
  return it == pairs.end() ? nullptr : &it->second;
}

bool ObjectMeta::HasFinalizer(std::string_view name) const {
  return std::ranges::find(finalizers, name) != finalizers.end();
}

const ObjectMeta& MetaOf(const ObjectPtr& object) {
  return std::visit([](const auto& pointer) -> const ObjectMeta& { return pointer->meta; }, object);
}

nlohmann::json ToJson(const InstanceObject& object) {
  auto json = Document(object.meta, ToJson(object.spec));
  json["status"] = ToJson(object.status);
  return json;
}

nlohmann::json ToJson(const ProviderConfigObject& object) {
  return Document(object.meta, ToJson(object.spec));
}

Result<ObjectPtr> ObjectFromJson(const nlohmann::json& json) {
  const auto nothing = nlohmann::json::object();
  JsonReader reader(json, "");
  std::string word;
  reader.Read("kind", word);
  const auto kind = ParseKind(word);
  if (!kind) reader.Misfit("kind", "a kind of the group instanced.dev");
  if (reader.error()) return std::unexpected(*reader.error());
  auto meta = MetaFromJson(MemberOr(json, "metadata", nothing), *kind);
  if (!meta) return std::unexpected(std::move(meta.error()));
  if (*kind != Kind::kProviderConfig) return InstanceFromJson(json, std::move(*meta));
  auto spec = ProviderConfigSpecFromJson(MemberOr(json, "spec", nothing));
  if (!spec) return std::unexpected(std::move(spec.error()));
  return std::make_shared<const ProviderConfigObject>(
      ProviderConfigObject{std::move(*meta), std::move(*spec), {}});
}

}  // namespace instanced
