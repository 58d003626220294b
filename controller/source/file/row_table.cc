#include "controller/source/file/row_table.h"

#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/source/file/object_life.h"

namespace instanced {
namespace {

enum Flag : std::uint64_t {
  kSpecKept = 1,
  kStatusKept = 2,
  kAnnotationsKept = 4,
};

// What is only the row's, beside the packed object.
struct RowRest {
  std::uint64_t flags = 0;
  std::string_view file;
  std::string_view base_directory;
  std::int64_t incarnation = 0;
  std::int64_t resource_version = 0;
  std::string_view spec;
  std::string_view status;
  PackedList manifest_annotations;
  PackedList admin_annotations;

  bool Has(Flag flag) const { return (flags & flag) != 0; }
};

const std::string& TextOf(const std::string& text) { return text; }
std::string TextOf(const PackedText& text) { return text.ToString(); }

// ToJson(spec).dump() of most specs without making a document. Whoever keeps a row checks that it
// is its text: names that JSON would write otherwise, or fields in another form, are kept as text.
template <class Spec>
std::string SpecText(const Spec& spec) {
  std::string text;
  const auto member = [&text](std::string_view name, std::string_view value) {
    text.append(text.empty() ? "{\"" : ",\"").append(name).append("\":").append(value);
  };
  const auto word = [&member](std::string_view name, std::string_view value) {
    std::string quoted;
    quoted.reserve(value.size() + 2);
    quoted.append("\"").append(value).append("\"");
    member(name, quoted);
  };
  word("adoptionPolicy", ToString(spec.adoption_policy));
  word("deletionPolicy", ToString(spec.deletion_policy));
  if (!spec.external_name.empty()) word("externalName", TextOf(spec.external_name));
  member("forProvider", TextOf(spec.for_provider));
  std::string policies;
  for (const auto policy : {ManagementPolicy::kObserve, ManagementPolicy::kCreate,
                            ManagementPolicy::kUpdate, ManagementPolicy::kDelete}) {
    if (!spec.management_policies.Allows(policy)) continue;
    policies.append(policies.empty() ? "[\"" : ",\"").append(ToString(policy)).append("\"");
  }
  member("managementPolicies", policies.empty() ? "[]" : policies.append("]"));
  word("onCreateFailed", ToString(spec.on_create_failed));
  word("onMissing", ToString(spec.on_missing));
  if (!spec.plugin.empty()) word("plugin", TextOf(spec.plugin));
  member("preventDestroy", spec.prevent_destroy == PreventDestroy::kYes ? "true" : "false");
  word("providerConfigRef", TextOf(spec.provider_config_ref));
  word("replacePolicy", ToString(spec.replace_policy));
  return text.append("}");
}

std::string RestOf(const ObjectRow& row, const InstanceObject& object) {
  std::uint64_t flags = 0;
  if (row.spec != SpecText(object.spec)) flags |= kSpecKept;
  // A broken intent keeps its text, so that it stays visible.
  if (object.intent_unreadable) flags |= kStatusKept;
  const bool merged =
      !row.admin_annotations.empty() || row.manifest_annotations != object.meta.annotations;
  if (merged) flags |= kAnnotationsKept;
  std::string rest;
  PackWriter pack(rest);
  pack.Number(flags);
  pack.Text(row.file);
  pack.Text(row.base_directory);
  pack.Signed(row.incarnation);
  pack.Signed(row.resource_version);
  if ((flags & kSpecKept) != 0) pack.Text(row.spec);
  if ((flags & kStatusKept) != 0) pack.Text(row.status);
  if (!merged) return rest;
  PackPairs(row.manifest_annotations, pack);
  PackPairs(row.admin_annotations, pack);
  return rest;
}

RowRest ReadRest(std::string_view bytes) {
  PackReader pack(bytes);
  RowRest rest;
  rest.flags = pack.Number();
  rest.file = pack.Text();
  rest.base_directory = pack.Text();
  rest.incarnation = pack.Signed();
  rest.resource_version = pack.Signed();
  if (rest.Has(kSpecKept)) rest.spec = pack.Text();
  if (rest.Has(kStatusKept)) rest.status = pack.Text();
  if (!rest.Has(kAnnotationsKept)) return rest;
  rest.manifest_annotations = PackedList(pack.Text());
  rest.admin_annotations = PackedList(pack.Text());
  return rest;
}

ObjectRow RowOf(const InstanceView& view) {
  const auto rest = ReadRest(view.extra);
  auto meta = view.CopyMeta();
  ObjectRow row;
  row.key = std::move(meta.key);
  row.uid = std::move(meta.uid);
  row.incarnation = rest.incarnation;
  row.generation = meta.generation;
  row.resource_version = rest.resource_version;
  row.spec = rest.Has(kSpecKept) ? std::string(rest.spec) : SpecText(view.spec);
  row.status = rest.status;
  row.file = rest.file;
  row.base_directory = rest.base_directory;
  row.labels = std::move(meta.labels);
  const bool apart = rest.Has(kAnnotationsKept);
  row.manifest_annotations =
      apart ? rest.manifest_annotations.Pairs() : std::move(meta.annotations);
  row.admin_annotations = rest.admin_annotations.Pairs();
  row.finalizers = std::move(meta.finalizers);
  row.creation_timestamp = std::move(meta.creation_timestamp);
  row.deletion_timestamp = std::move(meta.deletion_timestamp);
  return row;
}

bool SaysTheSame(const InstanceView& view, const DesiredObject& desired) {
  const auto rest = ReadRest(view.extra);
  if (rest.file != desired.file || rest.base_directory != desired.base_directory) return false;
  const auto& annotations =
      rest.Has(kAnnotationsKept) ? rest.manifest_annotations : view.meta.annotations;
  if (!(view.meta.labels.Pairs() == desired.labels)) return false;
  if (!(annotations.Pairs() == desired.annotations)) return false;
  return rest.Has(kSpecKept) ? rest.spec == desired.spec : SpecText(view.spec) == desired.spec;
}

RowTable::Head HeadOfRow(const ObjectRow& row) {
  return {{row.key.kind, row.key.namespace_, row.key.name},
          row.file,
          row.deletion_timestamp.has_value()};
}

RowTable::Head HeadOfPacked(const PackedInstance& packed) {
  const auto head = packed.ReadHead();
  return {head.key, ReadRest(head.extra).file, head.deleting};
}

}  // namespace

PackedInstance RowTable::Put(ObjectRow row, const ObjectPtr& object) {
  const auto* instance = std::get_if<InstancePtr>(&object);
  if (instance == nullptr) {
    ErasePacked(row.key);
    auto& plain = plain_[row.key];
    plain = {std::move(row), object};
    return {};
  }
  plain_.erase(row.key);
  auto packed = PackedInstance::Of(**instance, RestOf(row, **instance));
  const auto known = packed_.find(row.key);
  if (known == packed_.end()) {
    packed_.insert(packed);
    return packed;
  }
  auto node = packed_.extract(known);
  node.value() = packed;
  packed_.insert(std::move(node));
  return packed;
}

void RowTable::PutAsIs(ObjectRow row) {
  auto object = FindObject(row.key);
  ErasePacked(row.key);
  auto& plain = plain_[row.key];
  plain = {std::move(row), std::move(object)};
}

void RowTable::ErasePacked(const ObjectKey& key) {
  if (const auto known = packed_.find(key); known != packed_.end()) packed_.erase(known);
}

void RowTable::Erase(const ObjectKey& key) {
  ErasePacked(key);
  plain_.erase(key);
}

bool RowTable::Is(const WriteTarget& target) const {
  if (const auto packed = packed_.find(target.key); packed != packed_.end()) {
    const auto meta = packed->View().meta;
    return meta.uid == target.uid && meta.resource_version == target.resource_version;
  }
  const auto plain = plain_.find(target.key);
  return plain != plain_.end() && plain->second.row.uid == target.uid &&
         std::to_string(plain->second.row.resource_version) == target.resource_version;
}

std::optional<RowTable::Head> RowTable::HeadOf(const ObjectKey& key) const {
  if (const auto packed = packed_.find(key); packed != packed_.end()) return HeadOfPacked(*packed);
  const auto plain = plain_.find(key);
  return plain == plain_.end() ? std::nullopt : std::optional(HeadOfRow(plain->second.row));
}

std::optional<ObjectRow> RowTable::Find(const ObjectKey& key) const {
  if (const auto packed = packed_.find(key); packed != packed_.end()) return RowOf(packed->View());
  const auto plain = plain_.find(key);
  return plain == plain_.end() ? std::nullopt : std::optional(plain->second.row);
}

std::optional<ObjectRow> RowTable::FindWhole(const ObjectKey& key) const {
  auto row = Find(key);
  if (!row || !row->status.empty()) return row;
  const auto object = FindObject(key);
  if (!object) return row;
  if (const auto* instance = std::get_if<InstancePtr>(&*object)) {
    row->status = ToJson((*instance)->status).dump();
  }
  return row;
}

std::optional<ObjectPtr> RowTable::FindObject(const ObjectKey& key) const {
  if (const auto packed = packed_.find(key); packed != packed_.end()) return packed->Unpack();
  const auto plain = plain_.find(key);
  return plain == plain_.end() ? std::nullopt : plain->second.object;
}

PackedInstance RowTable::FindPacked(const ObjectKey& key) const {
  const auto packed = packed_.find(key);
  return packed == packed_.end() ? PackedInstance() : *packed;
}

RowTable::Standing RowTable::Compare(const DesiredObject& desired) const {
  if (const auto packed = packed_.find(desired.key); packed != packed_.end()) {
    return SaysTheSame(packed->View(), desired) ? Standing::kSame : Standing::kOther;
  }
  const auto plain = plain_.find(desired.key);
  if (plain == plain_.end()) return Standing::kMissing;
  return WithDesired(plain->second.row, desired) ? Standing::kOther : Standing::kSame;
}

void RowTable::ForEach(const std::function<void(const Head&)>& visit) const {
  for (const auto& packed : packed_) visit(HeadOfPacked(packed));
  for (const auto& [key, plain] : plain_) visit(HeadOfRow(plain.row));
}

}  // namespace instanced
