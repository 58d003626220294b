#include "controller/admin/plan_messages.h"

#include <string>

namespace instanced {
namespace {

std::string TextOf(const nlohmann::json& value) {
  if (value.is_null()) return "";
  return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

void Fill(admin::v1::PlannedCall& message, const PlannedCall& call) {
  message.set_operation(call.operation);
  message.set_external_name(call.external_name);
  for (const FieldDiff& diff : call.diffs) {
    auto& field = *message.add_fields();
    field.set_field(diff.key.empty() ? diff.field : diff.field + "." + diff.key);
    field.set_declared(TextOf(diff.desired));
    field.set_observed(TextOf(diff.observed));
  }
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
