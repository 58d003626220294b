// AdminService: translates between the messages of api/admin/v1 and the AdminBackend.
//   admin_service.cc    version and brakes
//   object_service.cc   objects: list, get, watch
#pragma once

#include <grpcpp/grpcpp.h>

#include "api/admin/v1/admin.grpc.pb.h"
#include "controller/admin/backend.h"

namespace instanced {

class AdminService final : public admin::v1::Admin::Service {
 public:
  AdminService(AdminBackend& backend, const Clock& clock) : backend_(backend), clock_(clock) {}

  grpc::Status Version(grpc::ServerContext* context, const admin::v1::VersionRequest* request,
                       admin::v1::VersionResponse* response) override;

  grpc::Status List(grpc::ServerContext* context, const admin::v1::ListRequest* request,
                    admin::v1::ListResponse* response) override;
  grpc::Status Get(grpc::ServerContext* context, const admin::v1::GetRequest* request,
                   admin::v1::GetResponse* response) override;
  grpc::Status Watch(grpc::ServerContext* context, const admin::v1::WatchRequest* request,
                     grpc::ServerWriter<admin::v1::WatchResponse>* writer) override;

  grpc::Status Brakes(grpc::ServerContext* context, const admin::v1::BrakesRequest* request,
                      admin::v1::BrakesResponse* response) override;
  grpc::Status Approve(grpc::ServerContext* context, const admin::v1::ApproveRequest* request,
                       admin::v1::ApproveResponse* response) override;
  grpc::Status Release(grpc::ServerContext* context, const admin::v1::ReleaseRequest* request,
                       admin::v1::ReleaseResponse* response) override;

 private:
  CallDeadline TimeLeft(const grpc::ServerContext& context) const;

  AdminBackend& backend_;
  const Clock& clock_;
};

}  // namespace instanced
