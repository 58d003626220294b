#include "controller/provider/plugin/plugin_schema.h"

#include <algorithm>
#include <utility>

#include "api/object/digest.h"
#include "controller/provider/plugin/document.h"

namespace instanced::plugin {
namespace {

constexpr const char* kPath = "spec.forProvider";

bool IsMark(const FieldDiff& diff) {
  return diff.field == "tags" && (diff.key == kOwnerTag || diff.key == kUidTag);
}

// Names cannot hold a line's end: no two lists read the same.
std::string DigestOf(const nlohmann::json& document, const SchemaText& text) {
  std::string whole = document.dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
  for (const auto* list : {&text.immutable_fields, &text.create_only_fields}) {
    const std::set<std::string> sorted(list->begin(), list->end());
    whole += "\n" + std::to_string(sorted.size());
    for (const auto& name : sorted) whole += "\n" + name;
  }
  return Sha256Hex(whole);
}

std::unexpected<Error> BadSchema(std::string why) {
  return Fail(ErrorClass::kTerminal, "BadSchema", std::move(why));
}

}  // namespace

Result<std::shared_ptr<const PluginSchema>> PluginSchema::Parse(const SchemaText& text,
                                                                Updates updates) {
  auto document = ParseDocument(text.json_schema, "json_schema");
  if (!document) return BadSchema(document.error().message);
  auto schema = JsonSchema::Parse(*document);
  if (!schema) return std::unexpected(std::move(schema.error()));
  auto rules = std::shared_ptr<PluginSchema>(new PluginSchema(*std::move(schema), updates));
  rules->digest_ = DigestOf(*document, text);
  for (const auto* list : {&text.immutable_fields, &text.create_only_fields}) {
    const bool create_only = list == &text.create_only_fields;
    for (const auto& name : *list) {
      if (!rules->schema_.HasProperty(name)) {
        return BadSchema((create_only ? "create_only_fields names " : "immutable_fields names ") +
                         CleanText(name, 64) + ", which the schema does not have");
      }
      (create_only ? rules->create_only_ : rules->immutable_).insert(name);
    }
  }
  if (const auto examples = document->find("examples"); examples != document->end()) {
    if (!examples->is_array()) return BadSchema("examples is no list");
    for (const auto& example : *examples) rules->examples_.push_back(example);
  }
  return std::shared_ptr<const PluginSchema>(std::move(rules));
}

std::vector<std::string> PluginSchema::Check(const nlohmann::json& parameters) const {
  return schema_.Check(parameters, kPath);
}

std::vector<std::string> PluginSchema::CheckObserved(const nlohmann::json& fields) const {
  return schema_.CheckPresent(fields, "fields_json");
}

bool PluginSchema::IsImmutable(const std::string& field) const {
  return updates_ == Updates::kNever || immutable_.contains(field);
}

std::vector<FieldDiff> PluginSchema::Refine(std::vector<FieldDiff> diffs) const {
  std::erase_if(diffs, [&](const FieldDiff& diff) { return create_only_.contains(diff.field); });
  for (auto& diff : diffs) {
    if (IsMark(diff)) {
      // A mark that cannot be set is a lasting difference, and no reason to replace anything.
      if (updates_ == Updates::kNever) diff.operation.clear();
      continue;
    }
    if (!IsImmutable(diff.field)) continue;
    diff.mutability = Mutability::kImmutable;
    diff.operation.clear();
  }
  return diffs;
}

}  // namespace instanced::plugin
