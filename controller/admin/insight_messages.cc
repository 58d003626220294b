#include "controller/admin/insight_messages.h"

#include "controller/admin/field_messages.h"
#include "controller/admin/messages.h"

namespace instanced {
namespace {

void Fill(admin::v1::BudgetLine& message, const BudgetReport& line) {
  message.set_service(line.service);
  message.set_account(line.account);
  message.set_region(line.region);
  message.set_operation(line.operation);
  message.set_origin(line.origin);
  message.set_rate(line.rate);
  message.set_ceiling(line.ceiling);
  message.set_capacity(line.capacity);
  message.set_available(line.available);
  message.set_parked(static_cast<std::int32_t>(line.parked));
  message.set_blocked_ms(line.blocked_for.count());
}

}  // namespace

void Fill(admin::v1::ExplainResponse& message, const Explanation& explanation) {
  Fill(*message.mutable_object(), explanation.report);
  if (explanation.condition) Fill(*message.mutable_condition(), *explanation.condition);
  message.set_meaning(explanation.meaning);
  message.set_next_look(explanation.next_look);
  for (const Obstacle& obstacle : explanation.obstacles) {
    admin::v1::Obstacle& shown = *message.add_obstacles();
    shown.set_kind(obstacle.kind);
    shown.set_message(obstacle.message);
    shown.set_evidence(obstacle.evidence);
  }
  for (const NextStep& step : explanation.next_steps) {
    admin::v1::NextStep& shown = *message.add_next_steps();
    shown.set_text(step.text);
    shown.set_command(step.command);
    shown.set_field(step.field);
  }
  if (explanation.last_failure) {
    Fill(*message.mutable_last_failure(), *explanation.last_failure);
  }
  for (const FieldDiff& diff : explanation.differences) {
    admin::v1::FieldDifference& field = *message.add_differences();
    FillField(field, diff);
    field.set_repaired_by(diff.operation);
  }
}

void Fill(admin::v1::BudgetsResponse& message, const BudgetsReport& report) {
  for (const BudgetReport& line : report.lines) Fill(*message.add_lines(), line);
  for (const auto& [account, remaining] : report.churn_remaining) {
    admin::v1::ChurnLine& line = *message.add_churn();
    line.set_account(account);
    line.set_remaining(remaining);
    line.set_limit(report.churn_limit);
  }
}

}  // namespace instanced
