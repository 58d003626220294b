#include "controller/admin/label_selector.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace instanced {
namespace {

constexpr std::string_view kBlank = " \t";

std::string_view Trim(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlank);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

// Cuts at commas outside parentheses.
std::vector<std::string_view> SplitTerms(std::string_view text) {
  std::vector<std::string_view> parts;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] == '(') ++depth;
    if (i < text.size() && text[i] == ')') --depth;
    if (i == text.size() || (text[i] == ',' && depth == 0)) {
      parts.push_back(Trim(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  return parts;
}

bool IsWord(std::string_view text) {
  return text.find_first_of(" \t()=!,") == std::string_view::npos;
}

// "(a, b)" after `in` or `notin`.
std::optional<std::vector<std::string>> ParseValues(std::string_view text) {
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') return std::nullopt;
  std::vector<std::string> values;
  for (const auto part : SplitTerms(text.substr(1, text.size() - 2))) {
    if (!IsWord(part)) return std::nullopt;
    values.emplace_back(part);
  }
  return values;
}

std::optional<LabelTerm> ParseSetTerm(std::string_view text) {
  const auto blank = text.find_first_of(kBlank);
  const std::string_view label = text.substr(0, blank);
  const std::string_view rest = Trim(text.substr(blank));
  const bool in = rest.starts_with("in");
  if (!in && !rest.starts_with("notin")) return std::nullopt;
  auto values = ParseValues(Trim(rest.substr(in ? 2 : 5)));
  if (!values || !IsWord(label)) return std::nullopt;
  const auto rule = in ? LabelTerm::Rule::kIn : LabelTerm::Rule::kNotIn;
  return LabelTerm{std::string(label), rule, std::move(*values)};
}

std::optional<LabelTerm> ParseTerm(std::string_view text) {
  if (text.starts_with('!')) {
    const auto label = Trim(text.substr(1));
    if (label.empty() || !IsWord(label)) return std::nullopt;
    return LabelTerm{std::string(label), LabelTerm::Rule::kAbsent, {}};
  }
  if (const auto equals = text.find('='); equals != std::string_view::npos && equals > 0) {
    const bool negated = text[equals - 1] == '!';
    const auto label = Trim(text.substr(0, negated ? equals - 1 : equals));
    auto value = text.substr(equals + 1);
    if (!negated && value.starts_with('=')) value.remove_prefix(1);
    value = Trim(value);
    if (label.empty() || !IsWord(label) || !IsWord(value)) return std::nullopt;
    const auto rule = negated ? LabelTerm::Rule::kNotIn : LabelTerm::Rule::kIn;
    return LabelTerm{std::string(label), rule, {std::string(value)}};
  }
  if (text.find_first_of(kBlank) != std::string_view::npos) return ParseSetTerm(text);
  if (text.empty() || !IsWord(text)) return std::nullopt;
  return LabelTerm{std::string(text), LabelTerm::Rule::kExists, {}};
}

bool Holds(const LabelTerm& term, const StringPairs& labels) {
  const std::string* value = FindValue(labels, term.label);
  const bool listed =
      value != nullptr && std::ranges::find(term.values, *value) != term.values.end();
  switch (term.rule) {
    case LabelTerm::Rule::kIn:
      return listed;
    case LabelTerm::Rule::kNotIn:
      return !listed;
    case LabelTerm::Rule::kExists:
      return value != nullptr;
    case LabelTerm::Rule::kAbsent:
      return value == nullptr;
  }
  std::unreachable();
}

}  // namespace

bool LabelSelector::Matches(const StringPairs& labels) const {
  return std::ranges::all_of(terms, [&](const LabelTerm& term) { return Holds(term, labels); });
}

Result<LabelSelector> ParseLabelSelector(std::string_view text) {
  LabelSelector selector;
  if (Trim(text).empty()) return selector;
  for (const auto part : SplitTerms(text)) {
    auto term = ParseTerm(part);
    if (!term) {
      return Fail(ErrorClass::kValidation, "LabelSelector",
                  "cannot read \"" + std::string(part) +
                      "\" in the label selector; want a=b, a!=b, a in (b,c), a notin (b,c), a or "
                      "!a, joined by commas");
    }
    selector.terms.push_back(std::move(*term));
  }
  return selector;
}

}  // namespace instanced
