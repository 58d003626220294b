// AdminService: translates between the messages of api/admin/v1 and the AdminBackend.
//   admin_service.cc    version and brakes
//   object_service.cc   objects: list, get, watch, history
//   steer_service.cc    reconcile, pause, resume
//   insight_service.cc  explain, budgets, plugins, orphans
//   plan_service.cc     plan
//   manifest_service.cc adopt, export
#pragma once

#include <grpcpp/grpcpp.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "api/admin/v1/admin.grpc.pb.h"
#include "controller/admin/backend.h"
#include "controller/admin/caller.h"
#include "controller/admin/peer_book.h"

namespace instanced {

class AdminService final : public admin::v1::Admin::Service {
 public:
  AdminService(AdminBackend& backend, const Clock& clock, const PeerBook& peers, AccessRules rules)
      : backend_(backend), clock_(clock), peers_(peers), rules_(std::move(rules)) {}

  grpc::Status Version(grpc::ServerContext* context, const admin::v1::VersionRequest* request,
                       admin::v1::VersionResponse* response) override;

  grpc::Status List(grpc::ServerContext* context, const admin::v1::ListRequest* request,
                    admin::v1::ListResponse* response) override;
  grpc::Status Get(grpc::ServerContext* context, const admin::v1::GetRequest* request,
                   admin::v1::GetResponse* response) override;
  grpc::Status Watch(grpc::ServerContext* context, const admin::v1::WatchRequest* request,
                     grpc::ServerWriter<admin::v1::WatchResponse>* writer) override;

  grpc::Status Adopt(grpc::ServerContext* context, const admin::v1::AdoptRequest* request,
                     admin::v1::AdoptResponse* response) override;
  grpc::Status Export(grpc::ServerContext* context, const admin::v1::ExportRequest* request,
                      admin::v1::ExportResponse* response) override;

  grpc::Status History(grpc::ServerContext* context, const admin::v1::HistoryRequest* request,
                       admin::v1::HistoryResponse* response) override;
  grpc::Status Explain(grpc::ServerContext* context, const admin::v1::ExplainRequest* request,
                       admin::v1::ExplainResponse* response) override;
  grpc::Status Budgets(grpc::ServerContext* context, const admin::v1::BudgetsRequest* request,
                       admin::v1::BudgetsResponse* response) override;
  grpc::Status Plugins(grpc::ServerContext* context, const admin::v1::PluginsRequest* request,
                       admin::v1::PluginsResponse* response) override;
  grpc::Status Orphans(grpc::ServerContext* context, const admin::v1::OrphansRequest* request,
                       admin::v1::OrphansResponse* response) override;
  grpc::Status Plan(grpc::ServerContext* context, const admin::v1::PlanRequest* request,
                    admin::v1::PlanResponse* response) override;

  grpc::Status Reconcile(grpc::ServerContext* context, const admin::v1::ReconcileRequest* request,
                         admin::v1::ReconcileResponse* response) override;
  grpc::Status Pause(grpc::ServerContext* context, const admin::v1::PauseRequest* request,
                     admin::v1::PauseResponse* response) override;
  grpc::Status Resume(grpc::ServerContext* context, const admin::v1::ResumeRequest* request,
                      admin::v1::ResumeResponse* response) override;

  grpc::Status Brakes(grpc::ServerContext* context, const admin::v1::BrakesRequest* request,
                      admin::v1::BrakesResponse* response) override;
  grpc::Status Approve(grpc::ServerContext* context, const admin::v1::ApproveRequest* request,
                       admin::v1::ApproveResponse* response) override;
  grpc::Status Release(grpc::ServerContext* context, const admin::v1::ReleaseRequest* request,
                       admin::v1::ReleaseResponse* response) override;

 private:
  // Never more than `most`.
  CallDeadline TimeLeft(const grpc::ServerContext& context,
                        CallDeadline most = std::chrono::seconds(30)) const;
  // The same, and whether the caller has cancelled or its connection is gone.
  Patience PatienceOf(const grpc::ServerContext& context, CallDeadline most) const {
    return {TimeLeft(context, most), [&context] { return context.IsCancelled(); }};
  }
  // Nothing when the caller may `what`.
  std::optional<grpc::Status> MayNot(const grpc::ServerContext& context, Role needed,
                                     std::string_view what) const {
    return Refusal(CallerOf(context, peers_, rules_), needed, what);
  }
  // The caller's word and what kernel or certificate say: "ada (uid 1000)".
  std::string WhoAsks(const grpc::ServerContext& context, const std::string& requested_by) const;
  grpc::Status Steer(const grpc::ServerContext& context, Steering steering,
                     const admin::v1::ObjectReference& object, const std::string& requested_by,
                     admin::v1::Object& answer);

  AdminBackend& backend_;
  const Clock& clock_;
  const PeerBook& peers_;
  const AccessRules rules_;
};

}  // namespace instanced
