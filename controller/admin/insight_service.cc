#include <utility>

#include "controller/admin/admin_service.h"
#include "controller/admin/messages.h"

namespace instanced {
namespace {

constexpr CallDeadline kLongestSweep = std::chrono::minutes(10);

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
}

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

admin::v1::Orphan::Finding ToMessage(OrphanReport::Finding finding) {
  switch (finding) {
    case OrphanReport::Finding::kMarkedWithoutObject:
      return admin::v1::Orphan::FINDING_MARKED_WITHOUT_OBJECT;
    case OrphanReport::Finding::kLookAlike:
      return admin::v1::Orphan::FINDING_LOOK_ALIKE;
    case OrphanReport::Finding::kInstanceVanished:
      return admin::v1::Orphan::FINDING_INSTANCE_VANISHED;
  }
  return admin::v1::Orphan::FINDING_UNSPECIFIED;
}

void Fill(admin::v1::Orphan& message, const OrphanReport& orphan) {
  message.set_finding(ToMessage(orphan.finding));
  message.set_kind(std::string(ToString(orphan.kind)));
  message.set_account(orphan.account);
  message.set_external_name(orphan.external_name);
  message.set_natural_key(orphan.natural_key);
  message.set_cloud_state(orphan.cloud_state);
  if (orphan.object) Fill(*message.mutable_object(), *orphan.object);
  message.set_message(orphan.message);
}

}  // namespace

grpc::Status AdminService::Explain(grpc::ServerContext* context,
                                   const admin::v1::ExplainRequest* request,
                                   admin::v1::ExplainResponse* response) {
  if (auto refusal = MayNot(*context, Role::kReader, "look")) return *refusal;
  const auto key = KeyFrom(request->object());
  if (!key) return BadRequest(key.error());
  if (key->kind == Kind::kProviderConfig) {
    return {grpc::StatusCode::INVALID_ARGUMENT, "a ProviderConfig has no state to explain"};
  }
  auto facts = backend_.Explain(*key, TimeLeft(*context));
  if (!facts) return ToStatus(facts.error());
  Fill(*response, instanced::Explain(std::move(*facts)));
  return grpc::Status::OK;
}

grpc::Status AdminService::Budgets(grpc::ServerContext* context, const admin::v1::BudgetsRequest*,
                                   admin::v1::BudgetsResponse* response) {
  if (auto refusal = MayNot(*context, Role::kReader, "look")) return *refusal;
  const auto report = backend_.Budgets(TimeLeft(*context));
  if (!report) return ToStatus(report.error());
  for (const BudgetReport& line : report->lines) Fill(*response->add_lines(), line);
  for (const auto& [account, remaining] : report->churn_remaining) {
    admin::v1::ChurnLine& line = *response->add_churn();
    line.set_account(account);
    line.set_remaining(remaining);
  }
  return grpc::Status::OK;
}

grpc::Status AdminService::Orphans(grpc::ServerContext* context,
                                   const admin::v1::OrphansRequest* request,
                                   admin::v1::OrphansResponse* response) {
  if (auto refusal = MayNot(*context, Role::kReader, "look")) return *refusal;
  auto kinds = ParseKinds(request->kind());
  if (!kinds) return BadRequest(kinds.error());
  std::erase(*kinds, Kind::kProviderConfig);
  const auto report = backend_.Orphans({std::move(*kinds), request->namespace_()},
                                       TimeLeft(*context, kLongestSweep));
  if (!report) return ToStatus(report.error());
  for (const OrphanReport& orphan : report->orphans) Fill(*response->add_orphans(), orphan);
  response->set_listed(report->listed);
  for (const std::string& account : report->unread) response->add_unread(account);
  return grpc::Status::OK;
}

}  // namespace instanced
