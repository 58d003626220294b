#include <utility>

#include "controller/admin/admin_service.h"
#include "controller/admin/manifests.h"
#include "controller/admin/messages.h"

namespace instanced {
namespace {

std::string Text(const nlohmann::ordered_json& document) {
  return document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

grpc::Status AdminService::Export(grpc::ServerContext* context,
                                  const admin::v1::ExportRequest* request,
                                  admin::v1::ExportResponse* response) {
  if (auto refusal = MayNot(*context, Role::kReader, "look")) return *refusal;
  auto page = PageFrom(*request);
  if (!page) return BadRequest(page.error());
  const auto found = backend_.List(*std::move(page), TimeLeft(*context));
  if (!found) return ToStatus(found.error());
  for (const ObjectReport& report : found->objects) {
    const ObjectMeta& meta = MetaOf(report.object);
    if (meta.IsDeleting()) {
      Fill(*response->add_left_out(), meta.key);
    } else {
      response->add_manifests(Text(ManifestOf(report.object)));
    }
  }
  response->set_next_page_token(NextPageToken(*found));
  return grpc::Status::OK;
}

grpc::Status AdminService::Adopt(grpc::ServerContext* context,
                                 const admin::v1::AdoptRequest* request,
                                 admin::v1::AdoptResponse* response) {
  if (auto refusal = MayNot(*context, Role::kReader, "look")) return *refusal;
  const auto key = KeyFrom(request->object());
  if (!key) return BadRequest(key.error());
  if (request->external_name().empty()) {
    return {grpc::StatusCode::INVALID_ARGUMENT, "name the instance by its id"};
  }
  const auto report = backend_.Get(*key, TimeLeft(*context));
  if (!report) return ToStatus(report.error());
  const auto* object = std::get_if<InstancePtr>(&report->object);
  if (object == nullptr) {
    return {grpc::StatusCode::INVALID_ARGUMENT, ToString(*key) + " holds no instance"};
  }
  const auto manifest = AdoptionOf(**object, request->external_name());
  if (!manifest) return ToStatus(manifest.error());
  PageQuery page;
  page.objects.kinds = {key->kind};
  for (bool more = true; more;) {
    const auto found = backend_.List(page, TimeLeft(*context));
    if (!found) return ToStatus(found.error());
    for (const ObjectReport& other : found->objects) {
      const auto free =
          LeavesFree(**object, *std::get<InstancePtr>(other.object), request->external_name());
      if (!free) return ToStatus(free.error());
    }
    more = found->end == ObjectPage::End::kMoreFollow && !found->objects.empty();
    if (more) page.after = MetaOf(found->objects.back().object).key;
  }
  response->set_manifest(Text(*manifest));
  return grpc::Status::OK;
}

}  // namespace instanced
