// PluginSchema: a plugin's own rules for spec.forProvider, from GetSchema.
// Pure. Threads: any; immutable.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "controller/provider/parameter_rules.h"
#include "controller/provider/plugin/json_schema.h"

namespace instanced::plugin {

enum class Updates { kSupported, kNever };

struct SchemaText {
  std::string json_schema;
  std::vector<std::string> immutable_fields;
  std::vector<std::string> create_only_fields;
};

class PluginSchema final : public ParameterRules {
 public:
  // Fails with Terminal/BadSchema: a text that is no schema, a keyword that cannot be checked, a
  // field rule for a field that the schema does not have, an example that does not fit.
  static Result<std::shared_ptr<const PluginSchema>> Parse(const SchemaText& text, Updates updates);

  std::vector<std::string> Check(const nlohmann::json& parameters) const override;
  std::vector<FieldDiff> Refine(std::vector<FieldDiff> diffs) const override;

  // What is wrong with observed fields; a field that may be missing is not.
  std::vector<std::string> CheckObserved(const nlohmann::json& fields) const;
  const std::vector<nlohmann::json>& examples() const { return examples_; }
  bool IsImmutable(const std::string& field) const;
  // SHA-256 of the text with its field rules, in hex: the same rules have the same.
  const std::string& digest() const { return digest_; }
  bool IsCreateOnly(const std::string& field) const { return create_only_.contains(field); }

 private:
  PluginSchema(JsonSchema schema, Updates updates)
      : schema_(std::move(schema)), updates_(updates) {}

  JsonSchema schema_;
  Updates updates_;
  std::string digest_;
  std::set<std::string> immutable_;
  std::set<std::string> create_only_;
  std::vector<nlohmann::json> examples_;
};

}  // namespace instanced::plugin
