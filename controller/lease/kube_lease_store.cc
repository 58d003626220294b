#include "controller/lease/kube_lease_store.h"

#include <optional>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace instanced {
namespace {

using nlohmann::json;

constexpr std::int64_t kPageSize = 500;

std::string MicroTime(WallTime time) {
  std::string text = FormatRfc3339(time);
  text.pop_back();
  return text + fmt::format(".{:03}000Z", time.time_since_epoch().count() % 1000);
}

WallTime TimeAt(const json& spec, const char* name) {
  const auto it = spec.find(name);
  if (it == spec.end() || !it->is_string()) return {};
  return ParseRfc3339(it->get_ref<const std::string&>()).value_or(WallTime{});
}

std::string TextAt(const json& object, std::string_view name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

std::int64_t NumberAt(const json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_number_integer() ? it->get<std::int64_t>() : 0;
}

json ObjectAt(const json& object, const char* name) {
  const auto it = object.find(name);
  return it != object.end() && it->is_object() ? *it : json::object();
}

std::string_view RoleText(LeaseRole role) {
  return role == LeaseRole::kMember ? "member" : "domain";
}

json DocumentOf(const LeaseRecord& lease, const std::string& namespace_) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(lease.duration).count();
  json meta{{"name", lease.name},
            {"namespace", namespace_},
            {"labels", {{kLeaseLabel, RoleText(lease.role)}}},
            {"annotations", {{kLeaseSubjectAnnotation, lease.subject}}}};
  if (!lease.resource_version.empty()) meta["resourceVersion"] = lease.resource_version;
  json spec{{"leaseDurationSeconds", seconds},
            {"acquireTime", MicroTime(lease.acquired)},
            {"renewTime", MicroTime(lease.renewed)},
            {"leaseTransitions", lease.transitions}};
  // An empty holder is refused by newer servers; absent means nobody.
  if (!lease.holder.empty()) spec["holderIdentity"] = lease.holder;
  return {{"apiVersion", "coordination.k8s.io/v1"},
          {"kind", "Lease"},
          {"metadata", std::move(meta)},
          {"spec", std::move(spec)}};
}

// Nothing for what is no lease of ours.
std::optional<LeaseRecord> RecordOf(const json& object) {
  if (!object.is_object()) return std::nullopt;
  const json meta = ObjectAt(object, "metadata");
  const json spec = ObjectAt(object, "spec");
  const auto role = TextAt(ObjectAt(meta, "labels"), kLeaseLabel);
  if (role.empty()) return std::nullopt;
  LeaseRecord lease;
  lease.name = TextAt(meta, "name");
  lease.role = role == RoleText(LeaseRole::kMember) ? LeaseRole::kMember : LeaseRole::kDomain;
  lease.subject = TextAt(ObjectAt(meta, "annotations"), kLeaseSubjectAnnotation);
  lease.holder = TextAt(spec, "holderIdentity");
  lease.duration = std::chrono::seconds(NumberAt(spec, "leaseDurationSeconds"));
  lease.acquired = TimeAt(spec, "acquireTime");
  lease.renewed = TimeAt(spec, "renewTime");
  lease.transitions = NumberAt(spec, "leaseTransitions");
  lease.resource_version = TextAt(meta, "resourceVersion");
  return lease;
}

Error Malformed(std::string what) {
  return Fail(ErrorClass::kTransient, "Malformed",
              "the API server answered " + std::move(what) + " with what is none")
      .error();
}

}  // namespace

Task<Result<LeaseList>> KubeLeaseStore::List(StopToken stop) {
  LeaseList list;
  ListOptions options;
  options.limit = kPageSize;
  do {
    auto asking = client_.ListPage(Leases(), options, stop);
    auto body = co_await asking;
    if (!body) co_return std::unexpected(std::move(body.error()));
    const auto page = json::parse(*body, nullptr, false);
    if (!page.is_object() || !page.contains("items") || !page["items"].is_array()) {
      co_return std::unexpected(Malformed("a list of leases"));
    }
    for (const auto& item : page["items"]) {
      auto lease = RecordOf(item);
      if (lease && IsOurs(*lease)) list.leases.push_back(std::move(*lease));
    }
    const json meta = ObjectAt(page, "metadata");
    list.resource_version = TextAt(meta, "resourceVersion");
    options.continue_token = TextAt(meta, "continue");
  } while (!options.continue_token.empty());
  co_return list;
}

Task<Result<LeaseRecord>> KubeLeaseStore::Write(LeaseRecord lease, StopToken stop) {
  const bool creates = lease.resource_version.empty();
  std::string document = DocumentOf(lease, namespace_).dump();
  auto writing = creates ? client_.Create(Leases(), std::move(document), stop)
                         : client_.Replace({Leases(), lease.name, ""}, std::move(document), stop);
  auto body = co_await writing;
  if (!body) {
    Error error = std::move(body.error());
    const bool elsewhere =
        error.error_class == ErrorClass::kTaken || error.error_class == ErrorClass::kNotFound;
    if (elsewhere) error.error_class = ErrorClass::kWriteConflict;
    co_return std::unexpected(std::move(error));
  }
  auto written = RecordOf(json::parse(*body, nullptr, false));
  if (!written || written->holder != lease.holder) {
    co_return std::unexpected(Malformed("the write of a lease"));
  }
  co_return std::move(*written);
}

Task<Result<void>> KubeLeaseStore::Remove(LeaseRecord lease, StopToken stop) {
  const json options{{"preconditions", {{"resourceVersion", lease.resource_version}}}};
  auto deleting = client_.Delete({Leases(), lease.name, ""}, options.dump(), stop);
  auto deleted = co_await deleting;
  if (!deleted) co_return std::unexpected(std::move(deleted.error()));
  co_return Result<void>();
}

Task<Result<void>> KubeLeaseStore::Watch(std::string resource_version, LeaseSink sink,
                                         StopToken stop) {
  WatchOptions options;
  options.resource_version = std::move(resource_version);
  auto opening = client_.Watch(Leases(), options, stop);
  auto watch = co_await opening;
  if (!watch) co_return std::unexpected(std::move(watch.error()));
  while (true) {
    auto reading = (*watch)->Next();
    auto line = co_await reading;
    if (!line) co_return std::unexpected(std::move(line.error()));
    if (!*line) co_return Result<void>();
    const auto event = json::parse(**line, nullptr, false);
    if (!event.is_object() || TextAt(event, "type") == "ERROR") {
      co_return std::unexpected(Malformed("a watch of leases"));
    }
    const auto lease = RecordOf(ObjectAt(event, "object"));
    if (!lease || !IsOurs(*lease)) continue;
    const bool deleted = TextAt(event, "type") == "DELETED";
    sink(deleted ? LeaseNews::kDeleted : LeaseNews::kChanged, *lease);
  }
}

}  // namespace instanced
