#include <utility>

#include "controller/admin/admin_service.h"
#include "controller/admin/messages.h"
#include "controller/admin/plan_messages.h"

namespace instanced {
namespace {

constexpr CallDeadline kLongestPlan = std::chrono::minutes(10);

PlanQuery::Directory DirectoryFrom(admin::v1::PlanRequest::Directory directory) {
  switch (directory) {
    case admin::v1::PlanRequest::DIRECTORY_READ:
      return PlanQuery::Directory::kRead;
    case admin::v1::PlanRequest::DIRECTORY_VANISHED:
      return PlanQuery::Directory::kVanished;
    case admin::v1::PlanRequest::DIRECTORY_UNREADABLE:
      return PlanQuery::Directory::kUnreadable;
    default:
      return PlanQuery::Directory::kNone;
  }
}

}  // namespace

grpc::Status AdminService::Plan(grpc::ServerContext* context, const admin::v1::PlanRequest* request,
                                admin::v1::PlanResponse* response) {
  if (auto refusal = MayNot(*context, Role::kReader, "look")) return *refusal;
  PlanQuery query;
  query.directory = DirectoryFrom(request->directory());
  for (const auto& file : request->files()) query.files.emplace_back(file.path(), file.text());
  const auto report = backend_.Plan(std::move(query), PatienceOf(*context, kLongestPlan));
  if (!report) return ToStatus(report.error());
  Fill(*response, *report);
  return grpc::Status::OK;
}

}  // namespace instanced
