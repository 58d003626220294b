// What a plan says: per object what would be done, by which calls, and why.
//
// Threads: values.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "api/kinds/fields.h"
#include "api/object/object_key.h"

namespace instanced {

enum class PlannedAction {
  kNothing,
  kCreate,
  kAdopt,    // an existing instance is bound to the object; changes may follow
  kUpdate,   // changed in place
  kReplace,  // deleted and made anew
  kDelete,
  kLetGo,    // the object goes, its instance (if any) stays
  kHeld,     // nothing is done until a person decides or something else changes
  kUnknown,  // the cloud could not be read, or not in time
};
// "create", "let-go": the spelling of every output.
std::string_view ToString(PlannedAction action);
// Whether the cloud or the set of objects would be changed.
bool Changes(PlannedAction action);

// Whether the calls are exactly what will be made, or what can be told from here.
enum class Certainty { kFirm, kMayDiffer };

// One mutating call at a cloud.
struct PlannedCall {
  std::string operation;      // "connect:CreateInstance"
  std::string external_name;  // empty: of the instance that a planned create makes
  // Of an update what it changes; of a create what is declared.
  std::vector<FieldDiff> diffs;
};

struct PlannedObject {
  ObjectKey key;
  PlannedAction action = PlannedAction::kNothing;
  std::string reason;  // when held: the condition's reason, "AwaitingApproval"
  std::string why;
  Certainty certainty = Certainty::kFirm;
  std::string brake_cause;    // when a brake holds it: "MassDeletion"
  std::string external_name;  // the instance it is bound to, before the plan or by adoption
  std::vector<PlannedCall> calls;
  std::vector<std::string> notes;  // what makes this less than certain, or is worth knowing
};

// An account's quota of creates and deletes within 30 days.
struct PlannedChurn {
  std::string account;  // "connect/123456789012/eu-central-1"
  int limit = 0;        // what it may have, as configured
  int planned = 0;      // creates and deletes of this plan
  int remaining = 0;    // creates after it, before this installation refuses more
};

enum class PlanScope { kOnline, kOffline };

struct PlanReport {
  PlanScope scope = PlanScope::kOnline;
  std::vector<PlannedObject> objects;  // every one, sorted by key
  std::vector<PlannedChurn> churn;     // of accounts that the plan spends from
  std::vector<std::string> problems;   // of manifests; file:line:column first
  std::string directory;               // "Ok", "Vanished", "Empty", ...; empty without manifests
  int reads = 0;                       // calls that were made to find out
};

std::size_t CountOf(const PlanReport& report, PlannedAction action);
std::size_t MutatingCalls(const PlanReport& report);

}  // namespace instanced
