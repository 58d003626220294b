#include <algorithm>
#include <utility>

#include "controller/plan/planner.h"
#include "controller/reconcile/claims.h"

namespace instanced {
namespace {

// How many calls of each sort a course makes.
struct Tally {
  int creates = 0;
  int deletes = 0;
  int updates = 0;
};

Tally TallyOf(const std::vector<PlannedCall>& calls, const KindTraits& traits) {
  Tally tally;
  const std::string service = std::string(traits.service) + ":";
  for (const auto& call : calls) {
    if (call.operation == service + std::string(traits.operations.create)) {
      ++tally.creates;
    } else if (call.operation == service + std::string(traits.operations.remove)) {
      ++tally.deletes;
    } else {
      ++tally.updates;
    }
  }
  return tally;
}

// The last decision of one sort on an object's way; null without one.
template <class Sort>
const Sort* Last(const std::vector<Decision>& decisions) {
  const Sort* found = nullptr;
  for (const auto& decision : decisions) {
    if (const auto* sort = std::get_if<Sort>(&decision)) found = sort;
  }
  return found;
}

std::string Join(const std::vector<PlannedCall>& calls) {
  std::string text;
  for (const auto& call : calls) {
    for (const auto& diff : call.diffs) text += (text.empty() ? "" : "; ") + Describe(diff);
  }
  return text;
}

std::string_view StalledMessage(const InstanceObject& object) {
  const auto* stalled = object.status.conditions.Find(ConditionType::kStalled);
  return stalled == nullptr ? std::string_view() : std::string_view(stalled->message);
}

PlannedAction ActionOf(const Tally& tally, const std::vector<Decision>& decisions, bool gone) {
  if (tally.creates > 0)
    return tally.deletes > 0 ? PlannedAction::kReplace : PlannedAction::kCreate;
  if (tally.deletes > 0) return PlannedAction::kDelete;
  if (gone) return PlannedAction::kLetGo;
  if (Last<Adopt>(decisions) != nullptr) return PlannedAction::kAdopt;
  if (tally.updates > 0) return PlannedAction::kUpdate;
  const bool held = !decisions.empty() && std::holds_alternative<Hold>(decisions.back());
  return held ? PlannedAction::kHeld : PlannedAction::kNothing;
}

std::string WhyOf(PlannedAction action, const std::vector<Decision>& decisions,
                  const std::vector<PlannedCall>& calls) {
  const auto* removal = Last<Delete>(decisions);
  const auto* leave = Last<RemoveFinalizer>(decisions);
  const auto* unbind = Last<Unbind>(decisions);
  const auto* adopt = Last<Adopt>(decisions);
  const auto* hold = Last<Hold>(decisions);
  const auto* done = Last<Done>(decisions);
  switch (action) {
    case PlannedAction::kCreate:
      return unbind != nullptr ? unbind->why : "declared, and no instance of it exists";
    case PlannedAction::kReplace:
      return removal != nullptr ? removal->why : "cannot be changed in place";
    case PlannedAction::kDelete:
      return removal != nullptr ? removal->why : "the object was deleted";
    case PlannedAction::kLetGo:
      return leave != nullptr ? leave->why : "nothing was ever made for it";
    case PlannedAction::kAdopt:
      return adopt->why;
    case PlannedAction::kUpdate:
      return Join(calls);
    case PlannedAction::kHeld:
      return hold->message;
    case PlannedAction::kNothing:
      return done != nullptr && !done->message.empty() ? done->message : "in line";
    case PlannedAction::kUnknown:
      return "";
  }
  std::unreachable();
}

}  // namespace

PlannedObject Planner::Verdict(const ObjectKey& key, const Course& course) const {
  static const std::vector<Decision> kNone;
  const auto found = observer_.decisions.find(key);
  const auto& decisions = found == observer_.decisions.end() ? kNone : found->second;
  const bool gone = cache_.FindInstance(key) == nullptr;
  PlannedObject verdict;
  verdict.key = key;
  verdict.calls = course.calls;
  verdict.external_name = course.external_name;
  verdict.action = ActionOf(TallyOf(course.calls, TraitsOf(key.kind)), decisions, gone);
  if (verdict.action == PlannedAction::kNothing && !course.unknown.empty()) {
    verdict.action = PlannedAction::kUnknown;
    verdict.why = course.unknown;
    verdict.certainty = Certainty::kMayDiffer;
    return verdict;
  }
  verdict.why = WhyOf(verdict.action, decisions, course.calls);
  if (verdict.action == PlannedAction::kCreate && course.sent_again == SentAgain::kMadeIt) {
    verdict.why = "its create got no answer: the request is sent again, for the instance it made";
    verdict.external_name = course.made_before;
  }
  if (verdict.action == PlannedAction::kHeld) {
    verdict.reason = instanced::ToString(Last<Hold>(decisions)->reason);
    for (const auto& brake : start_.brakes.List()) {
      if (std::ranges::find(brake.keys, key) == brake.keys.end()) continue;
      verdict.brake_cause = instanced::ToString(brake.cause);
    }
  } else if (!decisions.empty()) {
    const auto* hold = std::get_if<Hold>(&decisions.back());
    if (hold != nullptr && !gone) verdict.notes.push_back("then held: " + hold->message);
  }
  const auto* adopt = Last<Adopt>(decisions);
  if (verdict.action == PlannedAction::kAdopt) verdict.external_name = adopt->external_name;
  if (!course.unknown.empty()) verdict.notes.push_back("after that unknown: " + course.unknown);
  AddNotes(course, verdict);
  return verdict;
}

void Planner::AddNotes(const Course& course, PlannedObject& verdict) const {
  const auto begun = std::ranges::find_if(
      start_.instances, [&](const InstancePtr& object) { return object->meta.key == verdict.key; });
  if (begun == start_.instances.end()) return;
  const auto& object = **begun;
  const auto config =
      ObjectKey{Kind::kProviderConfig, object.meta.key.namespace_, object.spec.provider_config_ref};
  if (start_.proposed_configs.contains(config)) {
    verdict.certainty = Certainty::kMayDiffer;
    verdict.notes.push_back("its ProviderConfig is new or changed: the cloud was not asked");
  } else if (deps_.providers == nullptr && verdict.action == PlannedAction::kCreate &&
             course.external_name.empty()) {
    verdict.certainty = Certainty::kMayDiffer;
    verdict.notes.emplace_back("the cloud was not asked: an instance of ours may exist already");
  }
  if (course.sent_again == SentAgain::kMayHaveMadeIt) {
    verdict.certainty = Certainty::kMayDiffer;
    verdict.notes.emplace_back(
        "a recorded request is sent again first; an instance that it made may be there, unseen or "
        "without our mark, and what is different of it is changed after that");
  }
  if (course.sent_again == SentAgain::kMakesOlderWish) {
    verdict.certainty = Certainty::kMayDiffer;
    verdict.notes.emplace_back(
        "a recorded request is sent again first; what it asked for otherwise is changed after "
        "that");
  }
  const bool tried = object.status.observed_generation == object.meta.generation;
  const auto refused = StalledMessage(object);
  if (tried && !refused.empty() && !course.calls.empty()) {
    verdict.notes.push_back("the last try stalled: " + std::string(refused));
  }
}

// A new name is another object: one is deleted and one is made.
void Planner::NoteRenames(PlanReport& report) const {
  std::map<std::pair<Kind, std::string>, const InstanceObject*> going;
  for (const auto& object : start_.instances) {
    if (!object->meta.IsDeleting()) continue;
    going.emplace(std::pair(object->meta.key.kind, object->spec.for_provider), object.get());
  }
  for (const auto& object : start_.instances) {
    if (object->meta.IsDeleting() || object->status.observed_generation >= 0) continue;
    const auto old = going.find({object->meta.key.kind, object->spec.for_provider});
    if (old == going.end()) continue;
    for (auto& verdict : report.objects) {
      if (verdict.key == object->meta.key) {
        verdict.notes.push_back("looks like " + instanced::ToString(old->second->meta.key) +
                                " renamed: a rename is a delete and a create");
      }
    }
  }
}

void Planner::AddChurn(PlanReport& report) const {
  for (const auto& [account, remaining] : churn_.RemainingByAccount(deps_.clock.WallNow())) {
    const auto spent = ledger_.spent().find(account);
    if (spent == ledger_.spent().end()) continue;
    report.churn.push_back(
        {account, churn_.limit(), static_cast<int>(spent->second.size()), remaining});
  }
}

PlanReport Planner::Report() {
  PlanReport report;
  report.scope = deps_.providers != nullptr ? PlanScope::kOnline : PlanScope::kOffline;
  for (const auto& [key, course] : courses_) report.objects.push_back(Verdict(key, course));
  report.problems = start_.problems;
  report.directory = start_.directory;
  report.reads = deps_.providers != nullptr ? cloud_.reads() : 0;
  AddChurn(report);
  NoteRenames(report);
  return report;
}

}  // namespace instanced
