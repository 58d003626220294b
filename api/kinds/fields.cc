#include "api/kinds/fields.h"

#include <algorithm>
#include <map>
#include <utility>

#include "api/kinds/field_compare.h"

namespace instanced {
namespace {

using nlohmann::json;

constexpr std::size_t kShownMax = 64;
constexpr const char* kSuffixMember = "suffix";
constexpr const char* kNothing = "nothing";

const json& MemberOf(const json& document, std::string_view name) {
  static const json kNull;
  if (!document.is_object()) return kNull;
  const auto it = document.find(name);
  return it == document.end() ? kNull : *it;
}

bool Has(const json& document, std::string_view name) {
  return document.is_object() && document.contains(name);
}

std::string Shown(const json& value) {
  if (IsEmptyField(value)) return kNothing;
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  if (text.size() <= kShownMax) return text;
  std::size_t end = kShownMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

std::size_t Rank(const KindTraits& traits, const FieldDiff& diff) {
  const auto it = std::ranges::find(traits.fields, std::string_view(diff.field), &FieldRule::name);
  const bool removes =
      diff.operation == traits.operations.untag && traits.operations.untag != traits.operations.tag;
  return static_cast<std::size_t>(it - traits.fields.begin()) * 2 + (removes ? 1 : 0);
}

bool Shares(const KindTraits& traits, std::string_view operation) {
  return traits.grouping == UpdateGrouping::kTogether || operation == traits.operations.tag ||
         operation == traits.operations.untag;
}

}  // namespace

json WithMark(const KindTraits& traits, json parameters, const Mark& mark) {
  if (!parameters.is_object()) parameters = json::object();
  auto& member = parameters[std::string(kMarkMember)];
  if (traits.mark_style == MarkStyle::kDescriptionSuffix) {
    member = json{{kSuffixMember, mark.suffix}};
  } else {
    member = json{{kOwnerTag, mark.owner_value}, {kUidTag, mark.uid}};
  }
  return parameters;
}

json ObservedFields(const KindTraits& traits, json fields, const std::optional<ObservedMark>& mark,
                    std::string_view sent) {
  if (!fields.is_object()) fields = json::object();
  const auto last = json::parse(sent, nullptr, false);
  for (const auto& rule : traits.fields) {
    const bool create_only = rule.mutability == Mutability::kCreateOnly;
    if (rule.mutability != Mutability::kWriteOnly && !create_only) continue;
    if (create_only && !Has(last, rule.name)) {
      fields.erase(std::string(rule.name));
      continue;
    }
    fields[std::string(rule.name)] = MemberOf(last, rule.name);
  }
  if (!mark) return fields;
  if (traits.mark_style == MarkStyle::kDescriptionSuffix) {
    fields[std::string(kMarkMember)] = json{{kSuffixMember, mark->suffix}};
    return fields;
  }
  auto& tags = fields["tags"];
  if (!tags.is_object()) tags = json::object();
  if (!mark->owner_value.empty()) tags[std::string(kOwnerTag)] = mark->owner_value;
  if (!mark->uid.empty()) tags[std::string(kUidTag)] = mark->uid;
  return fields;
}

std::string SentFields(const KindTraits& traits, const json& parameters, SentBy by,
                       std::string_view before) {
  const auto last = json::parse(before, nullptr, false);
  auto sent = json::object();
  bool any = false;
  for (const auto& rule : traits.fields) {
    const bool create_only = rule.mutability == Mutability::kCreateOnly;
    if (rule.mutability != Mutability::kWriteOnly && !create_only) continue;
    const json& source = create_only && by == SentBy::kUpdate ? last : parameters;
    any = any || !create_only || Has(source, rule.name);
    if (Has(source, rule.name)) sent[std::string(rule.name)] = MemberOf(source, rule.name);
  }
  return any ? sent.dump(-1, ' ', false, json::error_handler_t::replace) : std::string();
}

std::vector<FieldDiff> Diff(const KindTraits& traits, const json& desired, const json& observed) {
  std::vector<FieldDiff> diffs;
  const json& mark = MemberOf(desired, kMarkMember);
  for (const auto& rule : traits.fields) {
    const bool create_only = rule.mutability == Mutability::kCreateOnly;
    const bool unseen = create_only || rule.mutability == Mutability::kWriteOnly;
    if (unseen && !Has(observed, rule.name)) continue;
    if (create_only && MemberOf(observed, rule.name).is_null()) continue;
    const auto before = diffs.size();
    const FieldSides sides{.declared = Has(desired, rule.name) ? Declared::kYes : Declared::kNo,
                           .desired = MemberOf(desired, rule.name),
                           .observed = MemberOf(observed, rule.name),
                           .desired_mark = mark,
                           .observed_mark = MemberOf(observed, kMarkMember)};
    CompareField(traits, rule, sides, diffs);
    for (auto at = before; create_only && at < diffs.size(); ++at) {
      diffs[at].mutability = Mutability::kImmutable;
    }
  }
  if (traits.other_fields == nullptr || !desired.is_object()) return diffs;
  for (const auto& [name, value] : desired.items()) {
    if (name == kMarkMember || FindField(traits, name) != traits.other_fields) continue;
    FieldRule rule = *traits.other_fields;
    rule.name = name;
    const json& nothing = MemberOf({}, {});
    CompareField(traits, rule, {Declared::kYes, value, MemberOf(observed, name), nothing, nothing},
                 diffs);
  }
  return diffs;
}

std::vector<FieldDiff> CarryCreateWarnings(const KindTraits& traits, const json& parameters,
                                           std::string_view recorded_at_provider,
                                           json& at_provider) {
  // The cheap test first: hardly any instance has warnings.
  if (!traits.refused_parts || !recorded_at_provider.contains(kCreateWarnings)) return {};
  const json recorded = json::parse(recorded_at_provider, nullptr, false);
  if (!at_provider.is_object() || !Has(recorded, kCreateWarnings)) return {};
  json warnings = MemberOf(recorded, kCreateWarnings);
  if (!warnings.is_object()) return {};
  auto diffs = traits.refused_parts(parameters, at_provider, warnings);
  if (!warnings.empty()) at_provider[kCreateWarnings] = std::move(warnings);
  return diffs;
}

std::vector<UpdateStep> PlanUpdate(const KindTraits& traits, const std::vector<FieldDiff>& diffs) {
  // Of one rank, in the order they came in.
  std::multimap<std::size_t, FieldDiff> ordered;
  for (const auto& diff : diffs) {
    const bool changeable =
        diff.mutability == Mutability::kMutable || diff.mutability == Mutability::kWriteOnly;
    if (changeable && !diff.operation.empty()) ordered.emplace(Rank(traits, diff), diff);
  }
  std::vector<UpdateStep> steps;
  for (auto& [rank, diff] : ordered) {
    auto step = steps.end();
    if (Shares(traits, diff.operation)) {
      step = std::ranges::find(steps, diff.operation, &UpdateStep::operation);
    }
    if (step == steps.end()) step = steps.insert(steps.end(), UpdateStep{diff.operation, {}});
    step->diffs.push_back(std::move(diff));
  }
  return steps;
}

std::string Describe(const FieldDiff& diff) {
  std::string text = diff.field;
  if (!diff.key.empty()) text.append(".").append(diff.key);
  text.append(": ").append(Shown(diff.desired)).append(" declared, ");
  return text.append(Shown(diff.observed)).append(" observed");
}

}  // namespace instanced
