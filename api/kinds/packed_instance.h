// PackedInstance: an instance's object in one block of memory, for what is kept of every object.
//
// About a sixth of what an InstanceObject takes. Unpack gives back an object that is equal to what
// was packed, field by field and byte by byte (packed_text.h). View reads the block where it lies:
// no text is copied, so that visits of ten thousand objects cost a millisecond.
// Copies share the block, which never changes. Any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "api/kinds/object.h"
#include "api/kinds/packed_text.h"

namespace instanced {

// A list of texts where it lies in a block; pairs of labels stand in it one after the other.
class PackedList {
 public:
  PackedList() = default;
  explicit PackedList(std::string_view bytes) : bytes_(bytes) {}
  std::vector<std::string> Texts() const;
  StringPairs Pairs() const;
  // Equal bytes are equal lists, and the other way round.
  friend bool operator==(const PackedList&, const PackedList&) = default;

 private:
  std::string_view bytes_;
};

// Appends a list as an object's labels are kept, for PackedList to be read by PackReader::Text.
void PackPairs(const StringPairs& pairs, PackWriter& pack);

struct ConditionView {
  ConditionType type = ConditionType::kReady;
  ConditionStatus status = ConditionStatus::kUnknown;
  Reason reason = Reason::kPending;
  PackedText message;
  std::int64_t observed_generation = 0;
  PackedText last_transition_time;
};

struct IntentView {
  PackedText operation;
  std::int64_t attempt = 0;
  PackedText token;
  PackedText request;
  AbsentBefore absent_before = AbsentBefore::kNotLooked;
  PackedText holder;
  std::int64_t epoch = 0;
  PackedText not_before;
  std::int64_t deadline_ms = 0;
};

// The members of InstanceObject under their names; valid as long as the block.
struct InstanceView {
  struct Key {
    Kind kind = Kind::kConnectInstance;
    std::string_view namespace_;
    std::string_view name;
    ObjectKey Copy() const { return {kind, std::string(namespace_), std::string(name)}; }
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Meta {
    Key key;
    PackedText uid;
    PackedText resource_version;
    std::int64_t generation = 1;
    PackedText creation_timestamp;
    std::optional<PackedText> deletion_timestamp;
    PackedList finalizers;
    PackedList labels;
    PackedList annotations;
    bool IsDeleting() const { return deletion_timestamp.has_value(); }
  };
  struct Spec {
    PackedText provider_config_ref;
    PackedText external_name;
    AdoptionPolicy adoption_policy = AdoptionPolicy::kIfOwned;
    ManagementPolicies management_policies;
    DeletionPolicy deletion_policy = DeletionPolicy::kDelete;
    OnMissing on_missing = OnMissing::kAlert;
    OnCreateFailed on_create_failed = OnCreateFailed::kAlert;
    ReplacePolicy replace_policy = ReplacePolicy::kHold;
    PreventDestroy prevent_destroy = PreventDestroy::kNo;
    PackedText plugin;
    PackedText for_provider;
    InstanceSpec Copy() const;
    friend bool operator==(const Spec&, const Spec&) = default;
  };
  struct Conditions {
    std::array<ConditionView, 4> items;  // one of a type at most
    std::size_t count = 0;
    std::span<const ConditionView> all() const { return {items.data(), count}; }
    const ConditionView* Find(ConditionType type) const;
  };
  struct Status {
    std::int64_t observed_generation = -1;
    Conditions conditions;
    PackedText external_name;
    std::optional<IntentView> intent;
    std::int64_t attempts = 0;
    PackedText claimed_at;
    PackedText bound_domain;
    PackedText accepted_mark;
    PackedText at_provider;
    PackedText sent;
    InstanceStatus Copy() const;
  };
  Meta meta;
  Spec spec;
  Status status;
  bool intent_unreadable = false;
  // What the caller of Of put beside the object.
  std::string_view extra;

  ObjectMeta CopyMeta() const;
  InstanceObject Copy() const;
};

class PackedInstance {
 public:
  // The beginning of the block: what can be had without reading the rest.
  struct Head {
    InstanceView::Key key;
    bool deleting = false;
    std::string_view extra;
  };

  // Empty: holds nothing; the only thing to ask it is whether it does.
  PackedInstance() = default;
  // `extra` is kept beside the object, byte for byte.
  static PackedInstance Of(const InstanceObject& object, std::string_view extra = {});

  PackedInstance(const PackedInstance& other) noexcept;
  PackedInstance(PackedInstance&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  PackedInstance& operator=(PackedInstance other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~PackedInstance();

  explicit operator bool() const { return block_ != nullptr; }
  InstanceView View() const;
  InstanceView::Key Key() const;
  Head ReadHead() const;
  InstancePtr Unpack() const;
  // Bytes of the block, for figures.
  std::size_t size() const;

 private:
  struct Block {
    std::atomic<std::uint32_t> owners;
    std::uint32_t size;
  };
  std::string_view bytes() const;

  Block* block_ = nullptr;
};

// Hash and equality of objects by their keys alone: a set of PackedInstance is a map by key.
struct PackedInstanceHash {
  using is_transparent = void;
  std::size_t operator()(const InstanceView::Key& key) const {
    return HashOfKey(key.kind, key.namespace_, key.name);
  }
  std::size_t operator()(const PackedInstance& object) const { return (*this)(object.Key()); }
  std::size_t operator()(const ObjectKey& key) const { return ObjectKeyHash{}(key); }
};
struct PackedInstanceEqual {
  using is_transparent = void;
  template <class A, class B>
  bool operator()(const A& a, const B& b) const {
    return KeyOf(a) == KeyOf(b);
  }

 private:
  static InstanceView::Key KeyOf(const InstanceView::Key& key) { return key; }
  static InstanceView::Key KeyOf(const PackedInstance& object) { return object.Key(); }
  static InstanceView::Key KeyOf(const ObjectKey& key) {
    return {key.kind, key.namespace_, key.name};
  }
};

}  // namespace instanced
