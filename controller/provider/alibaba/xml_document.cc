#include "controller/provider/alibaba/xml_document.h"

#include <string>

#include <nlohmann/json.hpp>
#include <pugixml.hpp>

namespace instanced::alibaba {
namespace {

using nlohmann::json;

constexpr int kDepthMax = 32;

void Append(json& object, const char* name, json value) {
  const auto [place, is_new] = object.emplace(name, json());
  if (is_new) {
    *place = std::move(value);
    return;
  }
  if (!place->is_array()) *place = json::array({std::move(*place)});
  place->push_back(std::move(value));
}

bool HasElements(const pugi::xml_node& node) {
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() == pugi::node_element) return true;
  }
  return false;
}

std::optional<json> Convert(const pugi::xml_node& node, int depth) {
  if (depth > kDepthMax) return std::nullopt;
  if (node.type() == pugi::node_element && !HasElements(node)) return json(node.child_value());
  json object = json::object();
  for (const pugi::xml_node& child : node.children()) {
    if (child.type() != pugi::node_element) continue;
    auto value = Convert(child, depth + 1);
    if (!value) return std::nullopt;
    Append(object, child.name(), *std::move(value));
  }
  return object;
}

// Text that is not UTF-8 would make every later dump() throw.
json ReplaceBadUtf8(const json& object) {
  return json::parse(object.dump(-1, ' ', false, json::error_handler_t::replace));
}

bool IsRoot(std::string_view name) { return name == "Error" || name.ends_with("Response"); }

}  // namespace

std::optional<json> XmlToJson(std::string_view text) {
  pugi::xml_document document;
  const auto outcome = document.load_buffer(
      text.data(), text.size(), pugi::parse_default | pugi::parse_fragment, pugi::encoding_utf8);
  if (!outcome) return std::nullopt;
  auto object = Convert(document, 0);
  if (!object || !object->is_object() || object->empty()) return std::nullopt;
  object = ReplaceBadUtf8(*object);
  if (object->size() != 1 || !IsRoot(object->begin().key())) return object;
  json inner = std::move(*object->begin());
  if (!inner.is_object()) return std::nullopt;
  return inner;
}

}  // namespace instanced::alibaba
