#include "api/kinds/packed_instance.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace instanced {
namespace {

enum Flag : std::uint64_t {
  kDeleting = 1,
  kHasIntent = 2,
  kIntentUnreadable = 4,
};

// Values of enums in one number, from the lowest bits on.
class BitWriter {
 public:
  template <class T>
  BitWriter& Put(T value, int width) {
    bits_ |= static_cast<std::uint64_t>(value) << at_;
    at_ += width;
    return *this;
  }
  std::uint64_t bits() const { return bits_; }

 private:
  std::uint64_t bits_ = 0;
  int at_ = 0;
};

class BitReader {
 public:
  explicit BitReader(std::uint64_t bits) : bits_(bits) {}
  template <class T>
  void Take(T& value, int width) {
    value = static_cast<T>(bits_ & ((1U << width) - 1));
    bits_ >>= width;
  }

 private:
  std::uint64_t bits_;
};

void PackList(std::span<const std::string> texts, PackWriter& pack) {
  std::string bytes;
  PackWriter list(bytes);
  for (const auto& text : texts) PackText(text, list);
  pack.Text(bytes);
}

void PackKey(const ObjectKey& key, PackWriter& pack) {
  pack.Number(static_cast<std::uint64_t>(key.kind));
  pack.Text(key.namespace_);
  pack.Text(key.name);
}

InstanceView::Key TakeKey(PackReader& pack) {
  InstanceView::Key key;
  key.kind = static_cast<Kind>(pack.Number());
  key.namespace_ = pack.Text();
  key.name = pack.Text();
  return key;
}

void PackMeta(const ObjectMeta& meta, PackWriter& pack) {
  // All members by name, here and below: one that is new does not compile until it is packed.
  [[maybe_unused]] const auto& [key, uid, resource_version, generation, labels, annotations,
                                finalizers, creation_timestamp, deletion_timestamp] = meta;
  PackText(uid, pack);
  PackText(resource_version, pack);
  pack.Signed(generation);
  PackText(creation_timestamp, pack);
  if (deletion_timestamp) PackText(*deletion_timestamp, pack);
  PackList(finalizers, pack);
  PackPairs(labels, pack);
  PackPairs(annotations, pack);
}

void TakeMeta(PackReader& pack, std::uint64_t flags, InstanceView::Meta& meta) {
  meta.uid = PackedText::Take(pack);
  meta.resource_version = PackedText::Take(pack);
  meta.generation = pack.Signed();
  meta.creation_timestamp = PackedText::Take(pack);
  if ((flags & kDeleting) != 0) meta.deletion_timestamp = PackedText::Take(pack);
  meta.finalizers = PackedList(pack.Text());
  meta.labels = PackedList(pack.Text());
  meta.annotations = PackedList(pack.Text());
}

void PackSpec(const InstanceSpec& spec, PackWriter& pack) {
  const auto& [provider_config_ref, external_name, adoption_policy, management_policies,
               deletion_policy, on_missing, on_create_failed, replace_policy, prevent_destroy,
               plugin, for_provider] = spec;
  BitWriter bits;
  bits.Put(deletion_policy, 1).Put(on_missing, 1).Put(on_create_failed, 1);
  bits.Put(replace_policy, 1).Put(prevent_destroy, 1).Put(adoption_policy, 2);
  bits.Put(management_policies.bits(), 8);
  pack.Number(bits.bits());
  PackText(provider_config_ref, pack);
  PackText(external_name, pack);
  PackText(plugin, pack);
  PackDocument(for_provider, pack);
}

void TakeSpec(PackReader& pack, InstanceView::Spec& spec) {
  BitReader bits(pack.Number());
  std::uint8_t policies = 0;
  bits.Take(spec.deletion_policy, 1);
  bits.Take(spec.on_missing, 1);
  bits.Take(spec.on_create_failed, 1);
  bits.Take(spec.replace_policy, 1);
  bits.Take(spec.prevent_destroy, 1);
  bits.Take(spec.adoption_policy, 2);
  bits.Take(policies, 8);
  spec.management_policies = ManagementPolicies(policies);
  spec.provider_config_ref = PackedText::Take(pack);
  spec.external_name = PackedText::Take(pack);
  spec.plugin = PackedText::Take(pack);
  spec.for_provider = PackedText::Take(pack);
}

void PackCondition(const Condition& condition, PackWriter& pack) {
  const auto& [type, status, reason, message, observed_generation, last_transition_time] =
      condition;
  BitWriter bits;
  bits.Put(type, 2).Put(status, 2).Put(reason, 8);
  pack.Number(bits.bits());
  PackText(message, pack);
  pack.Signed(observed_generation);
  PackText(last_transition_time, pack);
}

ConditionView TakeCondition(PackReader& pack) {
  ConditionView condition;
  BitReader bits(pack.Number());
  bits.Take(condition.type, 2);
  bits.Take(condition.status, 2);
  bits.Take(condition.reason, 8);
  condition.message = PackedText::Take(pack);
  condition.observed_generation = pack.Signed();
  condition.last_transition_time = PackedText::Take(pack);
  return condition;
}

void PackIntent(const Intent& intent, PackWriter& pack) {
  const auto& [operation, attempt, token, request, absent_before, holder, epoch, not_before,
               deadline_ms] = intent;
  PackText(operation, pack);
  pack.Signed(attempt);
  PackText(token, pack);
  PackDocument(request, pack);
  pack.Number(static_cast<std::uint64_t>(absent_before));
  PackText(holder, pack);
  pack.Signed(epoch);
  PackText(not_before, pack);
  pack.Signed(deadline_ms);
}

IntentView TakeIntent(PackReader& pack) {
  IntentView intent;
  intent.operation = PackedText::Take(pack);
  intent.attempt = pack.Signed();
  intent.token = PackedText::Take(pack);
  intent.request = PackedText::Take(pack);
  intent.absent_before = static_cast<AbsentBefore>(pack.Number());
  intent.holder = PackedText::Take(pack);
  intent.epoch = pack.Signed();
  intent.not_before = PackedText::Take(pack);
  intent.deadline_ms = pack.Signed();
  return intent;
}

void PackStatus(const InstanceStatus& status, PackWriter& pack) {
  const auto& [observed_generation, conditions, external_name, intent, attempts, claimed_at,
               bound_domain, accepted_mark, at_provider, sent] = status;
  pack.Signed(observed_generation);
  pack.Number(conditions.all().size());
  for (const auto& condition : conditions.all()) PackCondition(condition, pack);
  PackText(external_name, pack);
  if (intent) PackIntent(*intent, pack);
  pack.Signed(attempts);
  PackText(claimed_at, pack);
  PackText(bound_domain, pack);
  PackText(accepted_mark, pack);
  PackDocument(at_provider, pack);
  PackDocument(sent, pack);
}

void TakeStatus(PackReader& pack, std::uint64_t flags, InstanceView::Status& status) {
  status.observed_generation = pack.Signed();
  auto& conditions = status.conditions;
  conditions.count = std::min<std::size_t>(pack.Number(), conditions.items.size());
  for (std::size_t i = 0; i < conditions.count; ++i) conditions.items[i] = TakeCondition(pack);
  status.external_name = PackedText::Take(pack);
  if ((flags & kHasIntent) != 0) status.intent = TakeIntent(pack);
  status.attempts = pack.Signed();
  status.claimed_at = PackedText::Take(pack);
  status.bound_domain = PackedText::Take(pack);
  status.accepted_mark = PackedText::Take(pack);
  status.at_provider = PackedText::Take(pack);
  status.sent = PackedText::Take(pack);
}

std::uint64_t FlagsOf(const InstanceObject& object) {
  [[maybe_unused]] const auto& [meta, spec, status, intent_unreadable] = object;
  std::uint64_t flags = 0;
  if (meta.deletion_timestamp) flags |= kDeleting;
  if (status.intent) flags |= kHasIntent;
  if (intent_unreadable) flags |= kIntentUnreadable;
  return flags;
}

Intent CopyOf(const IntentView& view) {
  Intent intent;
  intent.operation = view.operation.ToString();
  intent.attempt = view.attempt;
  intent.token = view.token.ToString();
  intent.request = view.request.ToString();
  intent.absent_before = view.absent_before;
  intent.holder = view.holder.ToString();
  intent.epoch = view.epoch;
  intent.not_before = view.not_before.ToString();
  intent.deadline_ms = view.deadline_ms;
  return intent;
}

}  // namespace

void PackPairs(const StringPairs& pairs, PackWriter& pack) {
  std::string bytes;
  PackWriter list(bytes);
  for (const auto& [name, value] : pairs) {
    PackText(name, list);
    PackDocument(value, list);
  }
  pack.Text(bytes);
}

std::vector<std::string> PackedList::Texts() const {
  std::vector<std::string> texts;
  for (PackReader reader(bytes_); !reader.empty();) {
    texts.push_back(PackedText::Take(reader).ToString());
  }
  return texts;
}

StringPairs PackedList::Pairs() const {
  StringPairs pairs;
  for (PackReader reader(bytes_); !reader.empty();) {
    auto name = PackedText::Take(reader).ToString();
    pairs.emplace_back(std::move(name), PackedText::Take(reader).ToString());
  }
  return pairs;
}

const ConditionView* InstanceView::Conditions::Find(ConditionType type) const {
  const auto found = std::ranges::find(all(), type, &ConditionView::type);
  return found == all().end() ? nullptr : &*found;
}

InstanceSpec InstanceView::Spec::Copy() const {
  InstanceSpec copy;
  copy.provider_config_ref = provider_config_ref.ToString();
  copy.external_name = external_name.ToString();
  copy.adoption_policy = adoption_policy;
  copy.management_policies = management_policies;
  copy.deletion_policy = deletion_policy;
  copy.on_missing = on_missing;
  copy.on_create_failed = on_create_failed;
  copy.replace_policy = replace_policy;
  copy.prevent_destroy = prevent_destroy;
  copy.plugin = plugin.ToString();
  copy.for_provider = for_provider.ToString();
  return copy;
}

InstanceStatus InstanceView::Status::Copy() const {
  InstanceStatus copy;
  copy.observed_generation = observed_generation;
  for (const auto& condition : conditions.all()) {
    copy.conditions.Mark({condition.type,
                          condition.status,
                          condition.reason,
                          condition.message.ToString(),
                          condition.observed_generation,
                          {}},
                         condition.last_transition_time.ToString());
  }
  copy.external_name = external_name.ToString();
  if (intent) copy.intent = CopyOf(*intent);
  copy.attempts = attempts;
  copy.claimed_at = claimed_at.ToString();
  copy.bound_domain = bound_domain.ToString();
  copy.accepted_mark = accepted_mark.ToString();
  copy.at_provider = at_provider.ToString();
  copy.sent = sent.ToString();
  return copy;
}

ObjectMeta InstanceView::CopyMeta() const {
  ObjectMeta copy;
  copy.key = meta.key.Copy();
  copy.uid = meta.uid.ToString();
  copy.resource_version = meta.resource_version.ToString();
  copy.generation = meta.generation;
  copy.labels = meta.labels.Pairs();
  copy.annotations = meta.annotations.Pairs();
  copy.finalizers = meta.finalizers.Texts();
  copy.creation_timestamp = meta.creation_timestamp.ToString();
  if (meta.deletion_timestamp) copy.deletion_timestamp = meta.deletion_timestamp->ToString();
  return copy;
}

InstanceObject InstanceView::Copy() const {
  return {CopyMeta(), spec.Copy(), status.Copy(), intent_unreadable};
}

PackedInstance PackedInstance::Of(const InstanceObject& object, std::string_view extra) {
  std::string bytes;
  bytes.reserve(1024);
  PackWriter pack(bytes);
  PackKey(object.meta.key, pack);
  pack.Number(FlagsOf(object));
  pack.Text(extra);
  PackMeta(object.meta, pack);
  PackSpec(object.spec, pack);
  PackStatus(object.status, pack);
  PackedInstance packed;
  void* const memory = ::operator new(sizeof(Block) + bytes.size());
  packed.block_ = new (memory) Block{1, static_cast<std::uint32_t>(bytes.size())};
  std::memcpy(static_cast<char*>(memory) + sizeof(Block), bytes.data(), bytes.size());
  return packed;
}

PackedInstance::PackedInstance(const PackedInstance& other) noexcept : block_(other.block_) {
  if (block_ != nullptr) block_->owners.fetch_add(1, std::memory_order_relaxed);
}

PackedInstance::~PackedInstance() {
  if (block_ == nullptr || block_->owners.fetch_sub(1, std::memory_order_acq_rel) != 1) return;
  block_->~Block();
  ::operator delete(block_);
}

std::string_view PackedInstance::bytes() const {
  return {reinterpret_cast<const char*>(block_) + sizeof(Block), block_->size};
}

std::size_t PackedInstance::size() const { return sizeof(Block) + block_->size; }

InstanceView::Key PackedInstance::Key() const {
  PackReader pack(bytes());
  return TakeKey(pack);
}

PackedInstance::Head PackedInstance::ReadHead() const {
  PackReader pack(bytes());
  Head head;
  head.key = TakeKey(pack);
  head.deleting = (pack.Number() & kDeleting) != 0;
  head.extra = pack.Text();
  return head;
}

InstanceView PackedInstance::View() const {
  InstanceView view;
  PackReader pack(bytes());
  view.meta.key = TakeKey(pack);
  const auto flags = pack.Number();
  view.extra = pack.Text();
  TakeMeta(pack, flags, view.meta);
  TakeSpec(pack, view.spec);
  TakeStatus(pack, flags, view.status);
  view.intent_unreadable = (flags & kIntentUnreadable) != 0;
  return view;
}

InstancePtr PackedInstance::Unpack() const {
  return std::make_shared<const InstanceObject>(View().Copy());
}

}  // namespace instanced
