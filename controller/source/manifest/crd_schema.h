// The openAPIV3Schema of a CRD in the form the validator walks. Immutable once built; any thread.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <re2/re2.h>
#include <nlohmann/json.hpp>

#include "api/object/object_key.h"
#include "controller/source/manifest/cel_rule.h"

namespace instanced {

enum class SchemaType { kObject, kArray, kString, kInteger, kNumber, kBoolean };
enum class UnknownFields { kRefuse, kPreserve };

struct SchemaRule {
  CelRule rule;
  std::string message;
};

struct CrdSchema {
  SchemaType type = SchemaType::kObject;
  std::map<std::string, CrdSchema, std::less<>> properties;
  std::vector<std::string> required;
  std::unique_ptr<CrdSchema> additional_properties;
  std::unique_ptr<CrdSchema> items;
  UnknownFields unknown_fields = UnknownFields::kRefuse;
  std::vector<std::string> words;  // enum
  std::unique_ptr<RE2> pattern;
  std::string pattern_text;
  std::optional<std::size_t> min_length, max_length;  // code points, items or properties
  std::optional<double> minimum, maximum;
  bool exclusive_minimum = false;
  bool unique_items = false;
  nlohmann::json default_value;  // null: none
  std::vector<SchemaRule> rules;
};

// The whole schema of the kind; built at first use from the compiled-in CRD. A CRD this program
// cannot read is a defect of the program: it ends with a message (tests read them all).
const CrdSchema& SchemaOf(Kind kind);

}  // namespace instanced
