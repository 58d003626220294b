#include "controller/source/file/object_life.h"

#include <map>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/object/digest.h"

namespace instanced {
namespace {

ObjectMeta MetaOfRow(const ObjectRow& row) {
  ObjectMeta meta;
  meta.key = row.key;
  meta.uid = row.uid;
  meta.resource_version = std::to_string(row.resource_version);
  meta.generation = row.generation;
  meta.labels = row.labels;
  meta.annotations = MergedAnnotations(row);
  meta.finalizers = row.finalizers;
  meta.creation_timestamp = row.creation_timestamp;
  meta.deletion_timestamp = row.deletion_timestamp;
  return meta;
}

std::unexpected<Error> Unreadable(const ObjectRow& row, std::string_view what) {
  return Fail(ErrorClass::kValidation, "Unreadable",
              fmt::format("cannot read the {} of {}", what, ToString(row.key)));
}

}  // namespace

std::string ObjectUid(std::string_view owner, const ObjectKey& key, std::int64_t incarnation) {
  return UuidV5(owner, fmt::format("{}/{}", ToString(key), incarnation));
}

ObjectRow NewObject(std::string_view owner, const DesiredObject& desired, std::int64_t incarnation,
                    std::string_view now_rfc3339) {
  ObjectRow row;
  row.key = desired.key;
  row.uid = ObjectUid(owner, desired.key, incarnation);
  row.incarnation = incarnation;
  row.spec = desired.spec;
  if (desired.key.kind != Kind::kProviderConfig)
    row.status = ToJson(PendingStatus(now_rfc3339)).dump();
  row.file = desired.file;
  row.base_directory = desired.base_directory;
  row.labels = desired.labels;
  row.manifest_annotations = desired.annotations;
  row.creation_timestamp = now_rfc3339;
  return row;
}

std::optional<ObjectRow> WithDesired(const ObjectRow& row, const DesiredObject& desired) {
  const bool same = row.spec == desired.spec && row.file == desired.file &&
                    row.base_directory == desired.base_directory && row.labels == desired.labels &&
                    row.manifest_annotations == desired.annotations;
  if (same) return std::nullopt;
  ObjectRow next = row;
  next.spec = desired.spec;
  next.file = desired.file;
  next.base_directory = desired.base_directory;
  next.labels = desired.labels;
  next.manifest_annotations = desired.annotations;
  if (next.spec != row.spec) ++next.generation;
  return next;
}

std::optional<ObjectRow> WithDeletion(const ObjectRow& row, std::string_view now_rfc3339) {
  if (row.deletion_timestamp) return std::nullopt;
  ObjectRow next = row;
  next.deletion_timestamp = now_rfc3339;
  // An API server counts the request to delete as a change of what is wanted.
  ++next.generation;
  return next;
}

ObjectRow WithAdminAnnotations(const ObjectRow& row, const StringPairs& changes) {
  std::map<std::string, std::string> merged(row.admin_annotations.begin(),
                                            row.admin_annotations.end());
  for (const auto& [name, value] : changes) {
    if (value.empty()) {
      merged.erase(name);
    } else {
      merged[name] = value;
    }
  }
  ObjectRow next = row;
  next.admin_annotations.assign(merged.begin(), merged.end());
  return next;
}

StringPairs MergedAnnotations(const ObjectRow& row) {
  std::map<std::string, std::string> merged(row.admin_annotations.begin(),
                                            row.admin_annotations.end());
  merged.insert(row.manifest_annotations.begin(), row.manifest_annotations.end());
  return {merged.begin(), merged.end()};
}

bool HasEnded(const ObjectRow& row) { return row.deletion_timestamp && row.finalizers.empty(); }

Result<ObjectPtr> ObjectOf(const ObjectRow& row) {
  const auto json = nlohmann::json::parse(row.spec, nullptr, false);
  if (!json.is_object()) return Unreadable(row, "spec");
  if (row.key.kind == Kind::kProviderConfig) {
    auto spec = ProviderConfigSpecFromJson(json);
    if (!spec) return std::unexpected(std::move(spec.error()));
    return std::make_shared<const ProviderConfigObject>(
        ProviderConfigObject{MetaOfRow(row), std::move(*spec), row.base_directory});
  }
  auto spec = InstanceSpecFromJson(json);
  if (!spec) return std::unexpected(std::move(spec.error()));
  const auto status_json = nlohmann::json::parse(row.status, nullptr, false);
  if (!status_json.is_object()) return Unreadable(row, "status");
  auto parsed = InstanceStatusFromJson(status_json);
  return std::make_shared<const InstanceObject>(InstanceObject{
      MetaOfRow(row), std::move(*spec), std::move(parsed.status), parsed.intent_unreadable});
}

}  // namespace instanced
