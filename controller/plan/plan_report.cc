#include "controller/plan/plan_report.h"

#include <algorithm>
#include <utility>

namespace instanced {

std::string_view ToString(PlannedAction action) {
  switch (action) {
    case PlannedAction::kNothing:
      return "nothing";
    case PlannedAction::kCreate:
      return "create";
    case PlannedAction::kAdopt:
      return "adopt";
    case PlannedAction::kUpdate:
      return "update";
    case PlannedAction::kReplace:
      return "replace";
    case PlannedAction::kDelete:
      return "delete";
    case PlannedAction::kLetGo:
      return "let-go";
    case PlannedAction::kHeld:
      return "held";
    case PlannedAction::kUnknown:
      return "unknown";
  }
  std::unreachable();
}

bool Changes(PlannedAction action) {
  switch (action) {
    case PlannedAction::kCreate:
    case PlannedAction::kAdopt:
    case PlannedAction::kUpdate:
    case PlannedAction::kReplace:
    case PlannedAction::kDelete:
    case PlannedAction::kLetGo:
      return true;
    case PlannedAction::kNothing:
    case PlannedAction::kHeld:
    case PlannedAction::kUnknown:
      return false;
  }
  std::unreachable();
}

std::size_t CountOf(const PlanReport& report, PlannedAction action) {
  return static_cast<std::size_t>(
      std::ranges::count(report.objects, action, &PlannedObject::action));
}

std::size_t MutatingCalls(const PlanReport& report) {
  std::size_t calls = 0;
  for (const auto& object : report.objects) calls += object.calls.size();
  return calls;
}

}  // namespace instanced
