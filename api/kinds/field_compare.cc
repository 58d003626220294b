#include "api/kinds/field_compare.h"

#include <algorithm>
#include <string>
#include <utility>

namespace instanced {
namespace {

using nlohmann::json;

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

json AsSet(json list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
  return list;
}

json Normalised(Comparison comparison, const json& value) {
  if (IsEmptyField(value)) return nullptr;
  if (comparison == Comparison::kIgnoreCase && value.is_string()) {
    return Lower(value.get<std::string>());
  }
  if (comparison == Comparison::kUnorderedList && value.is_array()) return AsSet(value);
  if (comparison == Comparison::kDescription && value.is_string()) {
    auto text = SplitSuffix(value.get_ref<const std::string&>()).description;
    return text.empty() ? json(nullptr) : json(std::move(text));
  }
  return value;
}

FieldDiff MakeDiff(const FieldRule& rule, std::string key, json desired, json observed) {
  const bool changeable =
      rule.mutability == Mutability::kMutable || rule.mutability == Mutability::kWriteOnly;
  return FieldDiff{
      std::string(rule.name), std::move(key),
      std::move(desired),     std::move(observed),
      rule.mutability,        changeable ? std::string(rule.operation) : std::string()};
}

bool IsReserved(std::string_view tag) {
  return tag.starts_with("aws:") || tag.starts_with("instanced.dev/");
}

// A map that holds nothing but our own mark says nothing about the user's tags.
bool DeclaresTags(const FieldSides& sides) {
  if (sides.declared == Declared::kNo || sides.desired.is_null()) return false;
  if (sides.desired.empty()) return true;
  return std::ranges::any_of(sides.desired.items(),
                             [](const auto& item) { return !IsReserved(item.key()); });
}

void CompareTags(const KindTraits& traits, const FieldRule& rule, const FieldSides& sides,
                 std::vector<FieldDiff>& diffs) {
  auto wanted = sides.desired.is_object() ? sides.desired : json::object();
  if (sides.desired_mark.is_object()) wanted.update(sides.desired_mark);
  const auto present = sides.observed.is_object() ? sides.observed : json::object();
  for (const auto& [key, value] : wanted.items()) {
    const auto it = present.find(key);
    if (it != present.end() && *it == value) continue;
    diffs.push_back(MakeDiff(rule, key, value, it == present.end() ? json() : *it));
    diffs.back().operation = traits.operations.tag;
  }
  if (!DeclaresTags(sides)) return;
  for (const auto& [key, value] : present.items()) {
    if (wanted.contains(key) || IsReserved(key)) continue;
    diffs.push_back(MakeDiff(rule, key, nullptr, value));
    diffs.back().operation = traits.operations.untag;
  }
}

void CompareMap(const FieldRule& rule, const FieldSides& sides, std::vector<FieldDiff>& diffs) {
  if (!sides.desired.is_object()) return;
  for (const auto& [key, value] : sides.desired.items()) {
    const auto it = sides.observed.is_object() ? sides.observed.find(key) : sides.observed.end();
    const json observed = it == sides.observed.end() ? json() : *it;
    if (Normalised(Comparison::kExact, value) == Normalised(Comparison::kExact, observed)) continue;
    diffs.push_back(MakeDiff(rule, key, value, observed));
  }
}

void CompareSuffix(const FieldRule& rule, const FieldSides& sides, std::vector<FieldDiff>& diffs) {
  const bool repairable = rule.mutability == Mutability::kMutable && !rule.operation.empty();
  if (!repairable || !sides.desired_mark.is_object() || !sides.observed_mark.is_object()) return;
  const auto desired = sides.desired_mark.value("suffix", std::string());
  const auto observed = sides.observed_mark.value("suffix", std::string());
  if (desired == observed) return;
  diffs.push_back(MakeDiff(rule, std::string(kSuffixKey), desired, observed));
}

}  // namespace

bool IsEmptyField(const json& value) {
  if (value.is_string()) return value.get_ref<const std::string&>().empty();
  return value.is_null() || ((value.is_array() || value.is_object()) && value.empty());
}

void CompareField(const KindTraits& traits, const FieldRule& rule, const FieldSides& sides,
                  std::vector<FieldDiff>& diffs) {
  if (rule.comparison == Comparison::kTags) return CompareTags(traits, rule, sides, diffs);
  if (rule.comparison == Comparison::kDescription) CompareSuffix(rule, sides, diffs);
  if (sides.declared == Declared::kNo || sides.desired.is_null()) return;
  if (rule.comparison == Comparison::kMap) return CompareMap(rule, sides, diffs);
  auto desired = Normalised(rule.comparison, sides.desired);
  auto observed = Normalised(rule.comparison, sides.observed);
  if (desired == observed) return;
  const bool text = rule.comparison == Comparison::kDescription;
  diffs.push_back(MakeDiff(rule, {}, text ? std::move(desired) : sides.desired,
                           text ? std::move(observed) : sides.observed));
}

}  // namespace instanced
