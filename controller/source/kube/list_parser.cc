#include "controller/source/kube/list_parser.h"

#include <simdjson.h>

#include <array>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/kube/kube_errors.h"

namespace instanced {
namespace {

namespace od = simdjson::ondemand;

// What ObjectMeta is made of.
constexpr std::array<std::string_view, 10> kMetadataMembers = {
    "name",   "namespace",   "uid",        "resourceVersion",   "generation",
    "labels", "annotations", "finalizers", "creationTimestamp", "deletionTimestamp"};

// Appends one member; its value stays in the bytes of the server.
void Copy(std::string_view name, std::string_view raw, std::string& out) {
  if (!out.ends_with('{')) out += ',';
  out += '"';
  out += name;
  out += "\":";
  out += raw;
}

// The raw text of a value. simdjson 3.0 gives that of objects and arrays only through raw_json().
std::string_view RawText(od::value value) {
  switch (value.type().value()) {
    case od::json_type::object: {
      od::object object = value.get_object();
      return object.raw_json();
    }
    case od::json_type::array: {
      od::array array = value.get_array();
      return array.raw_json();
    }
    default:
      return value.raw_json_token();
  }
}

std::string CopyMetadata(od::object metadata) {
  std::string out = "{";
  for (od::field field : metadata) {
    const std::string_view name = field.unescaped_key();
    for (const auto member : kMetadataMembers) {
      if (member == name) Copy(name, RawText(field.value()), out);
    }
  }
  return out + "}";
}

// The document without what no object is made of.
std::string CopyObject(od::object object) {
  std::string out = "{";
  for (od::field field : object) {
    const std::string_view name = field.unescaped_key();
    if (name == "metadata") {
      Copy(name, CopyMetadata(field.value().get_object()), out);
    } else if (name == "spec" || name == "status" || name == "kind") {
      Copy(name, RawText(field.value()), out);
    }
  }
  return out + "}";
}

std::string MemberText(const nlohmann::json& json, const char* name) {
  const auto it = json.find(name);
  return it != json.end() && it->is_string() ? it->get<std::string>() : std::string();
}

ReadObject ReadOne(const std::string& text, Kind kind) {
  auto json = nlohmann::json::parse(text, nullptr, false);
  Unreadable unreadable;
  unreadable.key.kind = kind;
  if (json.is_object()) {
    // Items of a list need not name their kind.
    json["kind"] = ToString(kind);
    auto object = ObjectFromJson(json);
    if (object) return std::move(*object);
    unreadable.error = std::move(object.error());
    if (const auto metadata = json.find("metadata"); metadata != json.end()) {
      unreadable.key.namespace_ = MemberText(*metadata, "namespace");
      unreadable.key.name = MemberText(*metadata, "name");
      unreadable.uid = MemberText(*metadata, "uid");
      unreadable.resource_version = MemberText(*metadata, "resourceVersion");
    }
    return unreadable;
  }
  unreadable.error = Fail(ErrorClass::kValidation, "Malformed", "not a JSON object").error();
  return unreadable;
}

std::unexpected<Error> Malformed(std::string_view what) {
  return Fail(ErrorClass::kTransient, "Malformed",
              "the API server sent what is no " + std::string(what));
}

ListPageContent ReadPage(od::document& document, Kind kind) {
  ListPageContent page;
  for (od::field field : document.get_object()) {
    const std::string_view name = field.unescaped_key();
    if (name == "metadata") {
      for (od::field member : field.value().get_object()) {
        const std::string_view key = member.unescaped_key();
        if (key == "resourceVersion") page.resource_version = std::string_view(member.value());
        if (key == "continue") page.continue_token = std::string_view(member.value());
      }
    } else if (name == "items") {
      for (od::object item : field.value().get_array()) {
        page.items.push_back(ReadOne(CopyObject(item), kind));
      }
    }
  }
  return page;
}

Result<KubeEvent> EventOf(const std::string& type, const std::string& object, Kind kind) {
  auto read = ReadOne(object, kind);
  if (type == "ADDED" || type == "MODIFIED") return ChangedEvent{std::move(read)};
  if (type != "DELETED") return Malformed("event type we know");
  if (auto* unreadable = std::get_if<Unreadable>(&read)) {
    return DeletedEvent{std::move(unreadable->key), std::move(unreadable->uid),
                        std::move(unreadable->resource_version)};
  }
  const auto& meta = MetaOf(std::get<ObjectPtr>(read));
  return DeletedEvent{meta.key, meta.uid, meta.resource_version};
}

// The version that a change brings, where it is known already. What cannot be read this way is
// read whole by the caller.
std::optional<KnownEvent> KnownVersion(od::document& document, Kind kind,
                                       const KnowsVersion& knows) {
  try {
    const std::string_view type = document["type"];
    if (type != "ADDED" && type != "MODIFIED") return std::nullopt;
    ObjectKey key;
    key.kind = kind;
    std::string uid;
    std::string version;
    for (od::field field : document["object"]["metadata"].get_object()) {
      const std::string_view name = field.unescaped_key();
      if (name == "name") key.name = std::string_view(field.value());
      if (name == "namespace") key.namespace_ = std::string_view(field.value());
      if (name == "uid") uid = std::string_view(field.value());
      if (name == "resourceVersion") version = std::string_view(field.value());
    }
    if (version.empty() || !knows(key, uid, version)) return std::nullopt;
    return KnownEvent{std::move(version)};
  } catch (const simdjson::simdjson_error&) {
    return std::nullopt;
  }
}

ErrorEvent ErrorEventOf(const std::string& status) {
  const auto json = nlohmann::json::parse(status, nullptr, false);
  int code = 500;
  if (json.is_object()) {
    const auto it = json.find("code");
    if (it != json.end() && it->is_number_integer()) code = it->get<int>();
  }
  return {KubeErrorOf(code, {}, status, "kube:watch")};
}

}  // namespace

Result<ListPageContent> ParseListPage(std::string body, Kind kind) {
  try {
    od::parser parser;
    const simdjson::padded_string text(body);
    od::document document = parser.iterate(text);
    auto page = ReadPage(document, kind);
    if (page.resource_version.empty()) return Malformed("list");
    return page;
  } catch (const simdjson::simdjson_error&) {
    return Malformed("list");
  }
}

Result<KubeEvent> ParseWatchEvent(std::string line, Kind kind, const KnowsVersion& knows) {
  try {
    od::parser parser;
    const simdjson::padded_string text(line);
    od::document document = parser.iterate(text);
    if (knows) {
      if (auto known = KnownVersion(document, kind, knows)) return std::move(*known);
      // Not rewound: a document in which an error was met has no parser any more.
      document = parser.iterate(text);
    }
    std::string type;
    std::string object;
    std::string whole;
    for (od::field field : document.get_object()) {
      const std::string_view name = field.unescaped_key();
      if (name == "type") type = std::string_view(field.value());
      if (name == "object") {
        od::object value = field.value().get_object();
        whole = std::string_view(value.raw_json());
        value.reset();
        object = CopyObject(value);
      }
    }
    if (type == "ERROR") return ErrorEventOf(whole);
    if (type == "BOOKMARK") return BookmarkEvent{ResourceVersionOf(std::move(object))};
    return EventOf(type, object, kind);
  } catch (const simdjson::simdjson_error&) {
    return Malformed("watch event");
  }
}

std::string ResourceVersionOf(std::string body) {
  try {
    od::parser parser;
    const simdjson::padded_string text(body);
    od::document document = parser.iterate(text);
    const std::string_view version = document["metadata"]["resourceVersion"];
    return std::string(version);
  } catch (const simdjson::simdjson_error&) {
    return {};
  }
}

}  // namespace instanced
