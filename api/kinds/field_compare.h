// How one field's declared and observed values are compared. For fields.cc only.
#pragma once

#include <vector>

#include <nlohmann/json.hpp>

#include "api/kinds/fields.h"

namespace instanced {

enum class Declared { kYes, kNo };

// All that is known of one field; null where there is nothing.
struct FieldSides {
  Declared declared;
  const nlohmann::json& desired;
  const nlohmann::json& observed;
  const nlohmann::json& desired_mark;
  const nlohmann::json& observed_mark;
};

// Null, "", [] and {}: what equals absent. Not 0 and not false.
bool IsEmptyField(const nlohmann::json& value);

// Appends the field's differences, in the order of their keys.
void CompareField(const KindTraits& traits, const FieldRule& rule, const FieldSides& sides,
                  std::vector<FieldDiff>& diffs);

}  // namespace instanced
