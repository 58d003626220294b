// JsonSchema: the part of JSON Schema that plugins may use, checked to the last keyword.
//
// The keywords are those of GetSchemaResponse.json_schema in api/provider/v1/provider.proto; a
// schema with any other is refused, for a rule that nobody checks is worse than none. Patterns are
// RE2 and need match only a part, lengths are code points, numbers are compared as numbers.
//
// Pure. Threads: any; immutable. Copies share the tree.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/error/error.h"

namespace instanced::plugin {

class JsonSchema {
 public:
  // Fails with Terminal/BadSchema and the place in the schema.
  static Result<JsonSchema> Parse(const nlohmann::json& document);

  // What is wrong with `value`, each beginning with the place: `path`, then members and indexes.
  std::vector<std::string> Check(const nlohmann::json& value, const std::string& path) const;
  // The same for what was observed: members may be missing or null.
  std::vector<std::string> CheckPresent(const nlohmann::json& value, const std::string& path) const;
  // Whether the top level declares this member.
  bool HasProperty(std::string_view name) const;

  struct Node;

 private:
  explicit JsonSchema(std::shared_ptr<const Node> root) : root_(std::move(root)) {}
  std::shared_ptr<const Node> root_;
};

}  // namespace instanced::plugin
