// What the core needs to know of a kind, as data: no code asks "is this Connect?".
//
// Each kind's table stands in its own unit (connect_instance.cc and so on), with the source of
// every fact. Fields are forProvider's, in the cloud's own lower-camel names.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/object/object_key.h"

namespace instanced {

struct FieldDiff;

enum class Cloud { kAws, kAlibaba, kPlugin };
std::string_view ToString(Cloud cloud);  // "aws", "alibaba", "plugin"

enum class Mutability {
  kMutable,
  kImmutable,
  kCreateOnly,  // sent at creation, never reported back: compared with what our create sent
  kWriteOnly,   // sent at creation and by updates, never reported back: compared with what was
                // sent last (status.sent), see ObservedFields in fields.h
};

// How a desired and an observed value are compared; empty always equals absent.
enum class Comparison {
  kExact,
  kIgnoreCase,
  kUnorderedList,
  kTags,         // maps; keys of the cloud and of our mark are not compared
  kMap,          // only the keys that are declared are compared (Connect attributes)
  kDescription,  // the mark's suffix is compared apart from the text
};

struct FieldRule {
  std::string_view name;
  Mutability mutability = Mutability::kMutable;
  Comparison comparison = Comparison::kExact;
  // The call that changes it; empty when there is none. Fields that share a grouped operation
  // travel in one call; see UpdateGrouping.
  std::string_view operation;
};

enum class UpdateGrouping {
  kTogether,  // one call changes all differing fields of the operation
  kEach,      // one call per field (and per key of a map)
};

// How a create of unknown fate is resolved.
enum class CreateGuard {
  kToken,       // the API takes an idempotency token: replay while young, then look it up
  kNaturalKey,  // no token: look the natural key up before and after
};

enum class MarkStyle { kTags, kDescriptionSuffix };

enum class NaturalKeyScope {
  kUnique,     // the cloud refuses a second instance of this name
  kNotUnique,  // a name may repeat: only a mark proves anything
};

// What the list of the API shows.
enum class ListScope {
  kAccount,  // every instance: what two lists lack is gone
  kUser,     // the caller's own: what a list lacks may be there, and is read by its id
};

struct KindOperations {
  std::span<const std::string_view> observe;  // every API call one Observe makes
  std::string_view create;
  std::string_view remove;
  std::string_view list;
  std::string_view tag;    // sets tags; empty without tags
  std::string_view untag;  // removes tags
};

struct KindTraits {
  Kind kind;
  std::string_view plural;      // "connectinstances"
  std::string_view singular;    // "connectinstance"
  std::string_view short_name;  // "cni"
  Cloud cloud;
  std::string_view service;  // "connect", "scn", "ccc", "outboundbot": budgets, metrics, endpoints
  std::span<const FieldRule> fields;
  CreateGuard create_guard;
  std::string_view natural_key_field;  // empty when there is none
  NaturalKeyScope natural_key_scope;
  MarkStyle mark_style;
  std::string_view description_field;  // carries the suffix; empty with tags
  KindOperations operations;
  UpdateGrouping grouping;
  // A list entry carries all that drift needs, so a sweep can stand in for Observe.
  bool list_is_complete;
  ListScope list_scope = ListScope::kAccount;
  // Creates and deletes are counted in the 30-day churn ledger.
  bool churn_limited;
  // The rule of fields the table does not name (a plugin's own); null where the table is complete.
  const FieldRule* other_fields = nullptr;
  // Where a create may refuse single parts and succeed: the differences that `warnings` (of
  // status.atProvider, see kCreateWarnings) still make; what is no longer declared, or is there
  // meanwhile, is taken out of them. Null where a create makes all or nothing.
  std::vector<FieldDiff> (*refused_parts)(const nlohmann::json& parameters,
                                          const nlohmann::json& at_provider,
                                          nlohmann::json& warnings) = nullptr;
};

// The names of a kind's resource in the Kubernetes API, ProviderConfig included.
struct ResourceNames {
  std::string_view plural;
  std::string_view singular;
  std::string_view short_name;
};
ResourceNames ResourceNamesOf(Kind kind);

// Whether two natural keys name the same thing, as the field is compared for drift: aliases and
// domains are host names, so their case says nothing.
bool SameNaturalKey(const KindTraits& traits, std::string_view a, std::string_view b);
// Equal for equal natural keys: lower case where case says nothing.
std::string FoldNaturalKey(const KindTraits& traits, std::string_view key);

// For the five instance kinds. ProviderConfig has no traits: asking is a programming error.
const KindTraits& TraitsOf(Kind kind);
std::span<const Kind> InstanceKinds();
// The field's rule, or the kind's rule for other fields; null for a field the kind does not have.
const FieldRule* FindField(const KindTraits& traits, std::string_view name);

}  // namespace instanced
