#include "controller/admin/admin_service.h"
#include "controller/admin/messages.h"

namespace instanced {
namespace {

constexpr std::size_t kLongestName = 256;

}  // namespace

grpc::Status AdminService::Steer(const grpc::ServerContext& context, Steering steering,
                                 const admin::v1::ObjectReference& object,
                                 const std::string& requested_by, admin::v1::Object& answer) {
  if (auto refusal = MayNot(context, Role::kOperator, "change anything")) return *refusal;
  const auto key = KeyFrom(object);
  if (!key) return BadRequest(key.error());
  if (key->kind == Kind::kProviderConfig) {
    return {grpc::StatusCode::INVALID_ARGUMENT, "a ProviderConfig is not reconciled by itself"};
  }
  if (requested_by.size() > kLongestName) {
    return {grpc::StatusCode::INVALID_ARGUMENT, "requested_by is too long"};
  }
  const auto report =
      backend_.Steer({steering, *key, WhoAsks(context, requested_by)}, TimeLeft(context));
  if (!report) return ToStatus(report.error());
  Fill(answer, *report);
  return grpc::Status::OK;
}

grpc::Status AdminService::Reconcile(grpc::ServerContext* context,
                                     const admin::v1::ReconcileRequest* request,
                                     admin::v1::ReconcileResponse* response) {
  return Steer(*context, Steering::kReconcile, request->object(), request->requested_by(),
               *response->mutable_object());
}

grpc::Status AdminService::Pause(grpc::ServerContext* context,
                                 const admin::v1::PauseRequest* request,
                                 admin::v1::PauseResponse* response) {
  return Steer(*context, Steering::kPause, request->object(), request->requested_by(),
               *response->mutable_object());
}

grpc::Status AdminService::Resume(grpc::ServerContext* context,
                                  const admin::v1::ResumeRequest* request,
                                  admin::v1::ResumeResponse* response) {
  return Steer(*context, Steering::kResume, request->object(), request->requested_by(),
               *response->mutable_object());
}

}  // namespace instanced
