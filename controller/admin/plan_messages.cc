#include "controller/admin/plan_messages.h"

#include <string>

#include "controller/admin/field_messages.h"

namespace instanced {
namespace {

void Fill(admin::v1::PlannedCall& message, const PlannedCall& call) {
  message.set_operation(call.operation);
  message.set_external_name(call.external_name);
  for (const FieldDiff& diff : call.diffs) FillField(*message.add_fields(), diff);
}

void Fill(admin::v1::PlannedObject& message, const PlannedObject& object) {
  message.mutable_object()->set_kind(std::string(ToString(object.key.kind)));
  message.mutable_object()->set_namespace_(object.key.namespace_);
  message.mutable_object()->set_name(object.key.name);
  message.set_action(std::string(ToString(object.action)));
  message.set_reason(object.reason);
  message.set_why(object.why);
  message.set_firm(object.certainty == Certainty::kFirm);
  message.set_brake_cause(object.brake_cause);
  message.set_external_name(object.external_name);
  for (const PlannedCall& call : object.calls) Fill(*message.add_calls(), call);
  for (const std::string& note : object.notes) message.add_notes(note);
}

}  // namespace

void Fill(admin::v1::PlanResponse& message, const PlanReport& report) {
  message.set_scope(report.scope == PlanScope::kOnline ? "online" : "offline");
  for (const PlannedObject& object : report.objects) Fill(*message.add_objects(), object);
  for (const PlannedChurn& churn : report.churn) {
    auto& line = *message.add_churn();
    line.set_account(churn.account);
    line.set_limit(churn.limit);
    line.set_planned(churn.planned);
    line.set_remaining(churn.remaining);
  }
  for (const std::string& problem : report.problems) message.add_problems(problem);
  message.set_directory(report.directory);
  message.set_mutating_calls(static_cast<std::int32_t>(MutatingCalls(report)));
  message.set_reads(report.reads);
}

}  // namespace instanced
