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

admin::v1::Plugin::State ToMessage(PluginReport::State state) {
  switch (state) {
    case PluginReport::State::kConnecting:
      return admin::v1::Plugin::STATE_CONNECTING;
    case PluginReport::State::kUp:
      return admin::v1::Plugin::STATE_UP;
    case PluginReport::State::kBackingOff:
      return admin::v1::Plugin::STATE_BACKING_OFF;
    case PluginReport::State::kRefused:
      return admin::v1::Plugin::STATE_REFUSED;
  }
  return admin::v1::Plugin::STATE_UNSPECIFIED;
}

void Fill(admin::v1::Plugin& message, const PluginReport& plugin) {
  message.set_name(plugin.name);
  message.set_address(plugin.address);
  message.set_program(plugin.program);
  message.set_arguments(plugin.arguments);
  message.set_pid(plugin.pid.value_or(0));
  message.set_restarts(plugin.restarts);
  message.set_objects(plugin.objects);
  message.set_state(ToMessage(plugin.state));
  message.set_message(plugin.why);
  SetTime(*message.mutable_since(), plugin.since);
  message.add_kinds(std::string(ToString(Kind::kPluginInstance)));
  message.set_protocol_version(plugin.protocol_version);
  message.set_calls_itself(plugin.calls_itself);
  message.set_version(plugin.version);
  message.set_scope(plugin.scope);
  for (const auto& capability : plugin.capabilities) message.add_capabilities(capability);
  message.set_calls_max(plugin.calls_max);
  message.set_schema_sha256(plugin.schema_sha256);
  message.set_last_error(plugin.last_error);
  if (plugin.last_error_at) SetTime(*message.mutable_last_error_at(), *plugin.last_error_at);
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

void Fill(admin::v1::PluginsResponse& message, const std::vector<PluginReport>& plugins) {
  for (const PluginReport& plugin : plugins) Fill(*message.add_plugins(), plugin);
}

}  // namespace instanced
