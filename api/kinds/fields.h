// Drift: what differs between the declared fields and those the cloud reports. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "api/kinds/kind_traits.h"
#include "api/object/mark.h"

namespace instanced {

// One difference. For maps and tags `key` names the entry; null means absent.
struct FieldDiff {
  std::string field;
  std::string key;
  nlohmann::json desired;
  nlohmann::json observed;
  Mutability mutability = Mutability::kMutable;
  std::string operation;  // empty: the API has no call to change it

  friend bool operator==(const FieldDiff&, const FieldDiff&) = default;
};

// One mutating API call that repairs some differences.
struct UpdateStep {
  std::string operation;
  std::vector<FieldDiff> diffs;
};

// Compares only what is declared: a field absent from `desired` is the cloud's own business, so
// its defaults make no drift. `observed` holds the fields in forProvider's names and types.
// Tags: declared tags plus our mark are asserted; other keys are removed only when `desired` has
// tags, never those beginning with "aws:" or "instanced.dev/".
std::vector<FieldDiff> Diff(const KindTraits& traits, const nlohmann::json& desired,
                            const nlohmann::json& observed);

// Groups repairable differences into calls, in the order of the kind's field table.
std::vector<UpdateStep> PlanUpdate(const KindTraits& traits, const std::vector<FieldDiff>& diffs);

// "inboundCallsEnabled: true declared, false observed" for messages and history; values longer
// than 64 characters are cut. Never called with secrets: forProvider has none.
std::string Describe(const FieldDiff& diff);

}  // namespace instanced
