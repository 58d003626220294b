#include "controller/source/file/row_table.h"

#include <string>
#include <utility>

#include <nlohmann/json.hpp>

#include "controller/source/file/object_life.h"
#include "controller/source/file/spec_text.h"

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

// Of two packed forms: nothing is unpacked where both are what they are made of.
bool SaysTheSame(const InstanceView& row, const InstanceView& declared) {
  const auto rest = ReadRest(row.extra);
  PackReader places(declared.extra);
  if (rest.file != places.Text() || rest.base_directory != places.Text()) return false;
  const auto& annotations =
      rest.Has(kAnnotationsKept) ? rest.manifest_annotations : row.meta.annotations;
  if (row.meta.labels != declared.meta.labels) return false;
  if (annotations != declared.meta.annotations) return false;
  return rest.Has(kSpecKept) ? rest.spec == SpecText(declared.spec) : row.spec == declared.spec;
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

RowTable::Standing RowTable::Compare(const PackedDesired& desired) const {
  const auto packed = packed_.find(desired.Key());
  if (packed != packed_.end() && desired.packed()) {
    return SaysTheSame(packed->View(), desired.packed().View()) ? Standing::kSame
                                                                : Standing::kOther;
  }
  const auto row = Find(desired.Key().Copy());
  if (!row) return Standing::kMissing;
  return WithDesired(*row, desired.Unpack()) ? Standing::kOther : Standing::kSame;
}

void RowTable::ForEach(const std::function<void(const Head&)>& visit) const {
  for (const auto& packed : packed_) visit(HeadOfPacked(packed));
  for (const auto& [key, plain] : plain_) visit(HeadOfRow(plain.row));
}

}  // namespace instanced
