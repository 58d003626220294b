#include "controller/admin/admin_service.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "controller/admin/messages.h"

namespace instanced {
namespace {

constexpr std::size_t kLongestWord = 256;

// Nothing when the request is well formed.
std::optional<grpc::Status> Malformed(const std::string& brake_id,
                                      const std::string& requested_by) {
  if (brake_id.empty() || brake_id.size() > kLongestWord) {
    return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "name a brake by its id");
  }
  if (requested_by.size() > kLongestWord) {
    return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "requested_by is too long");
  }
  return std::nullopt;
}

}  // namespace

CallDeadline AdminService::TimeLeft(const grpc::ServerContext& context, CallDeadline most) const {
  const auto left = context.deadline() - clock_.WallNow();
  return std::clamp(std::chrono::duration_cast<CallDeadline>(left), CallDeadline(0), most);
}

std::string AdminService::WhoAsks(const grpc::ServerContext& context,
                                  const std::string& requested_by) const {
  const std::string known = CallerOf(context, peers_, rules_).name;
  if (known.empty()) return requested_by;
  return requested_by.empty() || requested_by == known ? known : requested_by + " (" + known + ")";
}

grpc::Status AdminService::Version(grpc::ServerContext* context, const admin::v1::VersionRequest*,
                                   admin::v1::VersionResponse* response) {
  if (auto refusal = MayNot(*context, Role::kReader, "look")) return *refusal;
  const auto report = backend_.Version(TimeLeft(*context));
  if (!report) return ToStatus(report.error());
  response->set_version(report->version);
  response->set_owner_id(report->owner_id);
  return grpc::Status::OK;
}

grpc::Status AdminService::Brakes(grpc::ServerContext* context, const admin::v1::BrakesRequest*,
                                  admin::v1::BrakesResponse* response) {
  if (auto refusal = MayNot(*context, Role::kReader, "look")) return *refusal;
  auto brakes = backend_.Brakes(TimeLeft(*context));
  if (!brakes) return ToStatus(brakes.error());
  std::ranges::sort(*brakes, {}, &BrakeReport::id);
  for (const BrakeReport& brake : *brakes) Fill(*response->add_brakes(), brake);
  return grpc::Status::OK;
}

grpc::Status AdminService::Approve(grpc::ServerContext* context,
                                   const admin::v1::ApproveRequest* request,
                                   admin::v1::ApproveResponse* response) {
  if (auto refusal = MayNot(*context, Role::kOperator, "approve")) return *refusal;
  if (auto refusal = Malformed(request->brake_id(), request->requested_by())) return *refusal;
  const auto brake = backend_.Approve(
      {request->brake_id(), WhoAsks(*context, request->requested_by())}, TimeLeft(*context));
  if (!brake) return ToStatus(brake.error());
  Fill(*response->mutable_brake(), *brake);
  return grpc::Status::OK;
}

grpc::Status AdminService::Release(grpc::ServerContext* context,
                                   const admin::v1::ReleaseRequest* request,
                                   admin::v1::ReleaseResponse* response) {
  if (auto refusal = MayNot(*context, Role::kOperator, "release")) return *refusal;
  if (auto refusal = Malformed(request->brake_id(), request->requested_by())) return *refusal;
  const auto brake = backend_.Release(
      {request->brake_id(), WhoAsks(*context, request->requested_by())}, TimeLeft(*context));
  if (!brake) return ToStatus(brake.error());
  Fill(*response->mutable_brake(), *brake);
  return grpc::Status::OK;
}

}  // namespace instanced
