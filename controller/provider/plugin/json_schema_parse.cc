#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <utility>

#include <re2/re2.h>

#include "controller/provider/plugin/json_schema_node.h"

namespace instanced::plugin {
namespace {

using nlohmann::json;
using Node = JsonSchema::Node;
// What is wrong with a keyword's value; empty: nothing.
using Problem = std::string;

constexpr std::array<std::string_view, 7> kTypes{"null",   "boolean", "integer", "number",
                                                 "string", "array",   "object"};

Problem ReadType(Node& node, const json& value, const std::string&) {
  const auto names = value.is_array() ? value : json::array({value});
  for (const auto& name : names) {
    if (!name.is_string() || std::ranges::find(kTypes, name.get<std::string>()) == kTypes.end()) {
      return "want a type of JSON Schema, or a list of them";
    }
    node.types.insert(name.get<std::string>());
  }
  return names.empty() ? "want at least one type" : "";
}

Problem ReadProperties(Node& node, const json& value, const std::string& place) {
  if (!value.is_object()) return "want a mapping of names to schemas";
  for (const auto& [name, schema] : value.items()) {
    auto child = ParseNode(schema, place + "." + name);
    if (!child) return child.error();
    node.properties.emplace(name, std::move(*child));
  }
  return {};
}

Problem ReadItems(Node& node, const json& value, const std::string& place) {
  auto child = ParseNode(value, place);
  if (!child) return child.error();
  node.items = std::move(*child);
  return {};
}

Problem ReadRequired(Node& node, const json& value, const std::string&) {
  if (!value.is_array()) return "want a list of names";
  for (const auto& name : value) {
    if (!name.is_string()) return "want a list of names";
    node.required.push_back(name.get<std::string>());
  }
  return {};
}

Problem ReadExtra(Node& node, const json& value, const std::string&) {
  if (!value.is_boolean()) return "want true or false";
  node.extra = value.get<bool>() ? Extra::kAllowed : Extra::kRefused;
  return {};
}

Problem ReadUnique(Node& node, const json& value, const std::string&) {
  if (!value.is_boolean()) return "want true or false";
  node.repeats = value.get<bool>() ? Repeats::kRefused : Repeats::kAllowed;
  return {};
}

Problem ReadEnum(Node& node, const json& value, const std::string&) {
  if (!value.is_array() || value.empty()) return "want a list of values";
  node.allowed.assign(value.begin(), value.end());
  return {};
}

Problem ReadConst(Node& node, const json& value, const std::string&) {
  node.allowed = {value};
  return {};
}

Problem ReadPattern(Node& node, const json& value, const std::string&) {
  if (!value.is_string()) return "want a regular expression";
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(1 << 20);
  node.pattern = std::make_shared<re2::RE2>(value.get<std::string>(), options);
  return node.pattern->ok() ? "" : "is no RE2 pattern: " + node.pattern->error();
}

template <SizeBounds Node::* kBounds, std::optional<std::uint64_t> SizeBounds::* kEnd>
Problem ReadSize(Node& node, const json& value, const std::string&) {
  if (!value.is_number_unsigned()) return "want a whole number, 0 or more";
  node.*kBounds.*kEnd = value.get<std::uint64_t>();
  return {};
}

template <std::optional<double> Node::* kEnd>
Problem ReadNumber(Node& node, const json& value, const std::string&) {
  if (!value.is_number()) return "want a number";
  node.*kEnd = value.get<double>();
  return {};
}

Problem Ignore(Node&, const json&, const std::string&) { return {}; }

struct Keyword {
  std::string_view name;
  Problem (*read)(Node& node, const json& value, const std::string& place);
};

constexpr std::array kKeywords{
    Keyword{"type", ReadType},
    Keyword{"properties", ReadProperties},
    Keyword{"required", ReadRequired},
    Keyword{"additionalProperties", ReadExtra},
    Keyword{"items", ReadItems},
    Keyword{"enum", ReadEnum},
    Keyword{"const", ReadConst},
    Keyword{"pattern", ReadPattern},
    Keyword{"minLength", ReadSize<&Node::length, &SizeBounds::least>},
    Keyword{"maxLength", ReadSize<&Node::length, &SizeBounds::most>},
    Keyword{"minItems", ReadSize<&Node::item_count, &SizeBounds::least>},
    Keyword{"maxItems", ReadSize<&Node::item_count, &SizeBounds::most>},
    Keyword{"minProperties", ReadSize<&Node::member_count, &SizeBounds::least>},
    Keyword{"maxProperties", ReadSize<&Node::member_count, &SizeBounds::most>},
    Keyword{"uniqueItems", ReadUnique},
    Keyword{"minimum", ReadNumber<&Node::minimum>},
    Keyword{"maximum", ReadNumber<&Node::maximum>},
    Keyword{"exclusiveMinimum", ReadNumber<&Node::above>},
    Keyword{"exclusiveMaximum", ReadNumber<&Node::below>},
    Keyword{"title", Ignore},
    Keyword{"description", Ignore},
    Keyword{"default", Ignore},
    Keyword{"examples", Ignore},
    Keyword{"$schema", Ignore},
    Keyword{"$id", Ignore},
    Keyword{"$comment", Ignore},
};

}  // namespace

std::string TypeNameOf(const json& value) {
  if (value.is_number_integer()) return "integer";
  if (value.is_number_float()) {
    const auto number = value.get<double>();
    return number == std::floor(number) ? "integer" : "number";
  }
  return value.type_name();
}

std::expected<std::unique_ptr<Node>, std::string> ParseNode(const json& document,
                                                            const std::string& place) {
  if (!document.is_object()) return std::unexpected(place + ": want a schema, a JSON object");
  auto node = std::make_unique<Node>();
  for (const auto& [name, value] : document.items()) {
    const auto* keyword = std::ranges::find(kKeywords, std::string_view(name), &Keyword::name);
    if (keyword == kKeywords.end()) {
      return std::unexpected(place + ": the keyword " + name + " is none that can be checked");
    }
    const std::string inner = place + (keyword->read == ReadItems ? "[]" : "");
    auto problem = keyword->read(*node, value, inner);
    if (problem.empty()) continue;
    // A problem of a schema within names its own place.
    const bool within = keyword->read == ReadItems || problem.starts_with(place + ".");
    return std::unexpected(within ? problem : place + ": " + name + ": " + problem);
  }
  for (const auto& name : node->required) {
    if (node->extra == Extra::kRefused && !node->properties.contains(name)) {
      return std::unexpected(place + ": required names " + name + ", which properties do not have");
    }
  }
  return node;
}

}  // namespace instanced::plugin
