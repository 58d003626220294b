// Explanation: why an object stands as it does, when it is looked at next and what a person can do.
//
// Pure: from facts that the daemon collects to sentences. Every reason of api/object has one
// meaning of its own and, where a person can do something, steps that name a command or a field.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/kinds/fields.h"
#include "api/object/condition.h"
#include "controller/admin/object_report.h"
#include "controller/journal/ledger.h"

namespace instanced {

struct WaitingOperation {
  std::string operation;  // "connect:DescribeInstance"
  std::size_t parked = 0;
  Duration blocked_for{};
};

struct ObjectFacts {
  ObjectReport report;
  int failures = 0;              // in a row
  std::optional<Error> refused;  // the mutating call that is not repeated before `refused_until`
  std::optional<WallTime> refused_until;
  int absent_reads = 0;  // complete lists in a row that showed nothing of an open create
  std::optional<std::string> brake_id;
  std::string brake_message;
  std::optional<ObjectKey> holder;        // another object that holds what this one claims
  std::string held;                       // "instance i-1"
  std::vector<WaitingOperation> waiting;  // of the object's account, where somebody waits
  std::optional<int> churn_remaining;     // of the object's account, where it is counted
  std::optional<HistoryEntry> last_failure;
  std::string store_trouble;           // why nothing can be recorded; empty while it can
  std::vector<FieldDiff> differences;  // what report.drift is about
  enum class Turn { kNotAwaited, kAwaited } turn = Turn::kNotAwaited;  // in the account's rate
};

struct Obstacle {
  std::string kind;
  std::string message;
  std::string evidence;
};

struct NextStep {
  std::string text;
  std::string command;
  std::string field;
};

struct Explanation {
  ObjectReport report;
  std::optional<Condition> condition;
  std::string meaning;
  std::string next_look;
  std::vector<Obstacle> obstacles;
  std::vector<NextStep> next_steps;
  std::optional<HistoryEntry> last_failure;
  std::vector<FieldDiff> differences;
};

// `facts` holds an instance, no ProviderConfig.
Explanation Explain(ObjectFacts facts);

// One sentence; no two reasons share one.
std::string_view MeaningOf(Reason reason);
// The rule or the report behind a reason; empty where a call or a decision says it better.
std::string_view RuleOf(Reason reason);
// "KIND/NAMESPACE/NAME" stands for the object in commands.
std::vector<NextStep> StepsFor(Reason reason, const ObjectKey& key, std::string_view brake_id);

}  // namespace instanced
