// One (sub)schema as data. For json_schema.cc and json_schema_parse.cc only.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "controller/provider/plugin/json_schema.h"

namespace re2 {
class RE2;
}

namespace instanced::plugin {

enum class Extra { kAllowed, kRefused };
enum class Repeats { kAllowed, kRefused };

struct SizeBounds {
  std::optional<std::uint64_t> least;
  std::optional<std::uint64_t> most;
};

struct JsonSchema::Node {
  std::set<std::string, std::less<>> types;  // empty: any
  std::map<std::string, std::unique_ptr<Node>, std::less<>> properties;
  std::vector<std::string> required;
  Extra extra = Extra::kAllowed;
  std::unique_ptr<Node> items;
  std::vector<nlohmann::json> allowed;  // enum or const; empty: any
  SizeBounds length;
  SizeBounds item_count;
  SizeBounds member_count;
  Repeats repeats = Repeats::kAllowed;
  std::shared_ptr<const re2::RE2> pattern;
  std::optional<double> minimum;
  std::optional<double> maximum;
  std::optional<double> above;
  std::optional<double> below;
};

// The name of a value's JSON type: "integer" for numbers without a fraction.
std::string TypeNameOf(const nlohmann::json& value);
// Fails with the place and what is wrong with it.
std::expected<std::unique_ptr<JsonSchema::Node>, std::string> ParseNode(
    const nlohmann::json& document, const std::string& place);

}  // namespace instanced::plugin
