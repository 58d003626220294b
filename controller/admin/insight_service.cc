#include <utility>

#include "controller/admin/admin_service.h"
#include "controller/admin/insight_messages.h"
#include "controller/admin/messages.h"

namespace instanced {
namespace {

constexpr CallDeadline kLongestSweep = std::chrono::minutes(10);

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
  Fill(*response, *report);
  return grpc::Status::OK;
}

grpc::Status AdminService::Plugins(grpc::ServerContext* context, const admin::v1::PluginsRequest*,
                                   admin::v1::PluginsResponse* response) {
  if (auto refusal = MayNot(*context, Role::kReader, "look")) return *refusal;
  const auto plugins = backend_.Plugins(TimeLeft(*context));
  if (!plugins) return ToStatus(plugins.error());
  Fill(*response, *plugins);
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
                                       PatienceOf(*context, kLongestSweep));
  if (!report) return ToStatus(report.error());
  for (const OrphanReport& orphan : report->orphans) Fill(*response->add_orphans(), orphan);
  response->set_listed(report->listed);
  for (const std::string& account : report->unread) response->add_unread(account);
  return grpc::Status::OK;
}

}  // namespace instanced
