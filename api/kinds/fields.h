// Drift: what differs between the declared fields and those the cloud reports. Pure.
#pragma once

#include <optional>
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

// The member of a document of fields that holds the mark, beside the fields themselves; a name no
// cloud's field can have. Only WithMark and ObservedFields write it, only Diff reads it.
inline constexpr std::string_view kMarkMember = "instanced.dev/mark";
// FieldDiff::key of a difference in a description's suffix.
inline constexpr std::string_view kSuffixKey = "mark";

// The declared parameters together with our mark: the `desired` of Diff. Not meant for adapters,
// which are given the mark apart.
nlohmann::json WithMark(const KindTraits& traits, nlohmann::json parameters, const Mark& mark);

// The `observed` of Diff: Observation::fields and its mark, plus the write-only fields as they were
// sent last (InstanceStatus::sent; empty: never sent, so that a declared one is sent once) and the
// create-only ones as the create sent them, where it was ours.
nlohmann::json ObservedFields(const KindTraits& traits, nlohmann::json fields,
                              const std::optional<ObservedMark>& mark, std::string_view sent);

// What to record as InstanceStatus::sent once a create or an update with `parameters` succeeded:
// canonical JSON of the write-only fields, and of the create-only ones a create sent; `before` is
// what was recorded until now. Empty for a kind without them.
enum class SentBy { kCreate, kUpdate };
std::string SentFields(const KindTraits& traits, const nlohmann::json& parameters, SentBy by,
                       std::string_view before);

// Compares only what is declared: a field absent from `desired` is the cloud's own business, so
// its defaults make no drift. `observed` holds the fields in forProvider's names and types.
// Tags: declared tags and, if WithMark put it there, our mark are asserted; other keys are removed
// only when `desired` has tags (an empty map too), never those beginning with "aws:" or
// "instanced.dev/". A missing suffix is a difference of the description, key kSuffixKey, where the
// API can repair it and both sides carry the mark. Write-only and create-only fields are
// compared only when ObservedFields has put in what was sent; the latter cannot be changed.
std::vector<FieldDiff> Diff(const KindTraits& traits, const nlohmann::json& desired,
                            const nlohmann::json& observed);

// The member of status.atProvider that says what a create refused although it succeeded.
inline constexpr std::string_view kCreateWarnings = "createWarnings";
// Carries the warnings of what was recorded last into `at_provider`, as far as they still hold, and
// gives the differences they make: the describe calls no longer mention what was refused.
std::vector<FieldDiff> CarryCreateWarnings(const KindTraits& traits,
                                           const nlohmann::json& parameters,
                                           std::string_view recorded_at_provider,
                                           nlohmann::json& at_provider);

// Groups repairable differences into calls, in the order of the kind's field table; tags are set
// before others are removed, each in one call.
std::vector<UpdateStep> PlanUpdate(const KindTraits& traits, const std::vector<FieldDiff>& diffs);

// "inboundCallsEnabled: true declared, false observed" for messages and history; values longer
// than 64 characters are cut. Never called with secrets: forProvider has none.
std::string Describe(const FieldDiff& diff);

}  // namespace instanced
