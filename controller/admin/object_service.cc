#include <algorithm>
#include <utility>

#include "controller/admin/admin_service.h"
#include "controller/admin/messages.h"

namespace instanced {
namespace {

constexpr std::int32_t kHistoryUsual = 100;
constexpr std::int32_t kHistoryMost = 10'000;
// How long a watch that nothing happens in goes on unaware of its caller having left.
constexpr CallDeadline kWatchTurn = std::chrono::milliseconds(250);

admin::v1::WatchResponse::Type ToMessage(ObjectEvent::Type type) {
  switch (type) {
    case ObjectEvent::Type::kAdded:
      return admin::v1::WatchResponse::TYPE_ADDED;
    case ObjectEvent::Type::kModified:
      return admin::v1::WatchResponse::TYPE_MODIFIED;
    case ObjectEvent::Type::kDeleted:
      return admin::v1::WatchResponse::TYPE_DELETED;
    case ObjectEvent::Type::kSynced:
      return admin::v1::WatchResponse::TYPE_SYNCED;
  }
  return admin::v1::WatchResponse::TYPE_UNSPECIFIED;
}

}  // namespace

grpc::Status AdminService::List(grpc::ServerContext* context, const admin::v1::ListRequest* request,
                                admin::v1::ListResponse* response) {
  if (auto refusal = MayNot(*context, Role::kReader, "look")) return *refusal;
  auto page = PageFrom(*request);
  if (!page) return BadRequest(page.error());
  const auto found = backend_.List(*std::move(page), TimeLeft(*context));
  if (!found) return ToStatus(found.error());
  for (const ObjectReport& report : found->objects) Fill(*response->add_objects(), report);
  response->set_next_page_token(NextPageToken(*found));
  return grpc::Status::OK;
}

grpc::Status AdminService::Get(grpc::ServerContext* context, const admin::v1::GetRequest* request,
                               admin::v1::GetResponse* response) {
  if (auto refusal = MayNot(*context, Role::kReader, "look")) return *refusal;
  const auto key = KeyFrom(request->object());
  if (!key) return BadRequest(key.error());
  const auto report = backend_.Get(*key, TimeLeft(*context));
  if (!report) return ToStatus(report.error());
  Fill(*response->mutable_object(), *report);
  return grpc::Status::OK;
}

grpc::Status AdminService::Watch(grpc::ServerContext* context,
                                 const admin::v1::WatchRequest* request,
                                 grpc::ServerWriter<admin::v1::WatchResponse>* writer) {
  if (auto refusal = MayNot(*context, Role::kReader, "look")) return *refusal;
  auto query = QueryFrom(request->selection());
  if (!query) return BadRequest(query.error());
  const auto feed = backend_.Watch(std::move(*query), TimeLeft(*context));
  if (!feed) return ToStatus(feed.error());
  while (!context->IsCancelled()) {
    const auto events = (*feed)->Next(kWatchTurn);
    if (!events) return ToStatus(events.error());
    for (const ObjectEvent& event : *events) {
      admin::v1::WatchResponse message;
      message.set_type(ToMessage(event.type));
      if (event.type != ObjectEvent::Type::kSynced) Fill(*message.mutable_object(), event.report);
      if (!writer->Write(message)) return grpc::Status::CANCELLED;
    }
  }
  return grpc::Status::CANCELLED;
}

grpc::Status AdminService::History(grpc::ServerContext* context,
                                   const admin::v1::HistoryRequest* request,
                                   admin::v1::HistoryResponse* response) {
  if (auto refusal = MayNot(*context, Role::kReader, "look")) return *refusal;
  HistoryQuery query;
  if (!request->object().name().empty()) {
    const auto key = KeyFrom(request->object());
    if (!key) return BadRequest(key.error());
    query.key = *key;
  }
  if (request->has_since()) query.since = ToWallTime(request->since());
  const std::int32_t wanted = request->limit() > 0 ? request->limit() : kHistoryUsual;
  query.limit = static_cast<std::size_t>(std::min(wanted, kHistoryMost));
  const auto entries = backend_.History(std::move(query), TimeLeft(*context));
  if (!entries) return ToStatus(entries.error());
  for (const HistoryEntry& entry : *entries) Fill(*response->add_entries(), entry);
  return grpc::Status::OK;
}

}  // namespace instanced
