// LabelSelector: which labels an object must and must not have, in kubectl's syntax.
//
// "a=b" (or "a==b"), "a!=b", "a in (b,c)", "a notin (b,c)", "a" (is there), "!a" (is not), joined
// by commas; all must hold. As in Kubernetes "!=" and "notin" hold for an object without the label.
// Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "api/error/error.h"
#include "api/kinds/object.h"

namespace instanced {

struct LabelTerm {
  enum class Rule { kIn, kNotIn, kExists, kAbsent };
  std::string label;
  Rule rule = Rule::kExists;
  std::vector<std::string> values;
  friend bool operator==(const LabelTerm&, const LabelTerm&) = default;
};

struct LabelSelector {
  std::vector<LabelTerm> terms;
  bool Matches(const StringPairs& labels) const;
};

// Validation, naming the part that cannot be read. An empty text selects everything.
Result<LabelSelector> ParseLabelSelector(std::string_view text);

}  // namespace instanced
