#include "controller/journal/row_codec.h"

#include <utility>

#include <nlohmann/json.hpp>

namespace instanced {
namespace {

using Json = nlohmann::json;

std::string Dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json PairsToJson(const StringPairs& pairs) {
  Json json = Json::object();
  for (const auto& [name, value] : pairs) json[name] = value;
  return json;
}

StringPairs PairsFromJson(const Json& json) {
  StringPairs pairs;
  for (const auto& [name, value] : json.items()) pairs.emplace_back(name, value.get<std::string>());
  return pairs;
}

std::int64_t Millis(WallTime time) { return time.time_since_epoch().count(); }
WallTime FromMillis(std::int64_t millis) { return WallTime(std::chrono::milliseconds(millis)); }

ObjectKey KeyFrom(const Json& json) {
  auto key = ParseObjectKey(json.get<std::string>());
  if (!key) throw std::invalid_argument("key");
  return *key;
}

HistoryKind KindFrom(const std::string& word) {
  for (const auto kind :
       {HistoryKind::kDecision, HistoryKind::kCall, HistoryKind::kFailure, HistoryKind::kPerson}) {
    if (ToString(kind) == word) return kind;
  }
  throw std::invalid_argument("kind");
}

template <class T, class Decode>
std::optional<T> Guarded(std::string_view content, Decode decode) {
  try {
    return decode(Json::parse(content));
  } catch (const std::exception&) {
    return std::nullopt;
  }
}

}  // namespace

std::string EncodeObject(const ObjectRow& row) {
  Json json{{"key", ToString(row.key)},
            {"uid", row.uid},
            {"incarnation", row.incarnation},
            {"generation", row.generation},
            {"spec", row.spec},
            {"status", row.status},
            {"file", row.file},
            {"baseDirectory", row.base_directory},
            {"labels", PairsToJson(row.labels)},
            {"annotations", PairsToJson(row.manifest_annotations)},
            {"adminAnnotations", PairsToJson(row.admin_annotations)},
            {"finalizers", row.finalizers},
            {"creationTimestamp", row.creation_timestamp}};
  if (row.deletion_timestamp) json["deletionTimestamp"] = *row.deletion_timestamp;
  return Dump(json);
}

std::optional<ObjectRow> DecodeObject(std::string_view content) {
  return Guarded<ObjectRow>(content, [](const Json& json) {
    ObjectRow row;
    row.key = KeyFrom(json.at("key"));
    row.uid = json.at("uid").get<std::string>();
    row.incarnation = json.at("incarnation").get<std::int64_t>();
    row.generation = json.at("generation").get<std::int64_t>();
    row.spec = json.at("spec").get<std::string>();
    row.status = json.at("status").get<std::string>();
    row.file = json.at("file").get<std::string>();
    row.base_directory = json.at("baseDirectory").get<std::string>();
    row.labels = PairsFromJson(json.at("labels"));
    row.manifest_annotations = PairsFromJson(json.at("annotations"));
    row.admin_annotations = PairsFromJson(json.at("adminAnnotations"));
    row.finalizers = json.at("finalizers").get<std::vector<std::string>>();
    row.creation_timestamp = json.at("creationTimestamp").get<std::string>();
    const auto deletion = json.find("deletionTimestamp");
    if (deletion != json.end()) row.deletion_timestamp = deletion->get<std::string>();
    return row;
  });
}

std::string EncodeHistory(const HistoryEntry& entry) {
  return Dump(Json{{"at", Millis(entry.at)},
                   {"key", ToString(entry.key)},
                   {"uid", entry.uid},
                   {"kind", ToString(entry.kind)},
                   {"operation", entry.operation},
                   {"result", entry.result},
                   {"code", entry.code},
                   {"requestId", entry.request_id},
                   {"durationMs", entry.duration_ms},
                   {"message", entry.message}});
}

std::optional<HistoryEntry> DecodeHistory(std::string_view content) {
  return Guarded<HistoryEntry>(content, [](const Json& json) {
    HistoryEntry entry;
    entry.at = FromMillis(json.at("at").get<std::int64_t>());
    entry.key = KeyFrom(json.at("key"));
    entry.uid = json.at("uid").get<std::string>();
    entry.kind = KindFrom(json.at("kind").get<std::string>());
    entry.operation = json.at("operation").get<std::string>();
    entry.result = json.at("result").get<std::string>();
    entry.code = json.at("code").get<std::string>();
    entry.request_id = json.at("requestId").get<std::string>();
    entry.duration_ms = json.at("durationMs").get<std::int64_t>();
    entry.message = json.at("message").get<std::string>();
    return entry;
  });
}

std::string EncodeChurn(const ChurnEntry& entry) {
  return Dump(
      Json{{"account", entry.account}, {"identity", entry.identity}, {"at", Millis(entry.at)}});
}

std::optional<ChurnEntry> DecodeChurn(std::string_view content) {
  return Guarded<ChurnEntry>(content, [](const Json& json) {
    return ChurnEntry{json.at("account").get<std::string>(), json.at("identity").get<std::string>(),
                      FromMillis(json.at("at").get<std::int64_t>())};
  });
}

}  // namespace instanced
