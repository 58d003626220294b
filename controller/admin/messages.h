// From the backend's reports to the messages of api/admin/v1, and from failures to status codes.
#pragma once

#include <grpcpp/support/status.h>

#include "api/admin/v1/admin.pb.h"
#include "controller/admin/backend.h"

namespace instanced {

grpc::Status ToStatus(const Error& error);
// The request's own fault.
grpc::Status BadRequest(const Error& error);

void SetTime(google::protobuf::Timestamp& target, WallTime time);
void Fill(admin::v1::ObjectReference& message, const ObjectKey& key);
void Fill(admin::v1::Brake& message, const BrakeReport& brake);
void Fill(admin::v1::Object& message, const ObjectReport& report);

void Fill(admin::v1::Condition& message, const Condition& condition);
void Fill(admin::v1::HistoryEntry& message, const HistoryEntry& entry);

WallTime ToWallTime(const google::protobuf::Timestamp& time);
// Validation when the kind is unknown or the name is missing.
Result<ObjectKey> KeyFrom(const admin::v1::ObjectReference& reference);
Result<ObjectQuery> QueryFrom(const admin::v1::ObjectSelection& selection);

// The page that a ListRequest or an ExportRequest asks for.
Result<PageQuery> PageFrom(const admin::v1::ObjectSelection& selection, std::int32_t page_size,
                           const std::string& page_token);
template <class Request>
Result<PageQuery> PageFrom(const Request& request) {
  return PageFrom(request.selection(), request.page_size(), request.page_token());
}
// Empty: the last page.
std::string NextPageToken(const ObjectPage& page);

}  // namespace instanced
