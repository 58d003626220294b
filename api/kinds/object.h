// Objects as every source delivers them: immutable snapshots, shared, replaced whole.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "api/kinds/provider_config.h"
#include "api/kinds/spec.h"
#include "api/kinds/status.h"
#include "api/object/object_key.h"

namespace instanced {

inline constexpr std::string_view kPausedAnnotation = "instanced.dev/paused";
inline constexpr std::string_view kReconcileRequestedAnnotation =
    "instanced.dev/reconcile-requested-at";
inline constexpr std::string_view kPollIntervalAnnotation = "instanced.dev/poll-interval";
inline constexpr std::string_view kApproveAnnotation = "instanced.dev/approve";
inline constexpr std::string_view kReleaseAnnotation = "instanced.dev/release";

// Labels and annotations: few, sorted by name.
using StringPairs = std::vector<std::pair<std::string, std::string>>;
// Nothing when the name is not there.
const std::string* FindValue(const StringPairs& pairs, std::string_view name);

struct ObjectMeta {
  ObjectKey key;
  std::string uid;
  std::string resource_version;
  std::int64_t generation = 1;
  StringPairs labels;
  StringPairs annotations;
  std::vector<std::string> finalizers;
  std::string creation_timestamp;                 // RFC 3339
  std::optional<std::string> deletion_timestamp;  // set: the user asked to delete

  bool IsDeleting() const { return deletion_timestamp.has_value(); }
  bool HasFinalizer(std::string_view name) const;
};

struct InstanceObject {
  ObjectMeta meta;
  InstanceSpec spec;
  InstanceStatus status;
  bool intent_unreadable = false;
};

struct ProviderConfigObject {
  ObjectMeta meta;
  ProviderConfigSpec spec;
  // The folder a relative credential path starts from; empty in Kubernetes.
  std::string base_directory;
};

using InstancePtr = std::shared_ptr<const InstanceObject>;
using ProviderConfigPtr = std::shared_ptr<const ProviderConfigObject>;
using ObjectPtr = std::variant<InstancePtr, ProviderConfigPtr>;

const ObjectMeta& MetaOf(const ObjectPtr& object);

// Kubernetes form: apiVersion, kind, metadata, spec, status. FromJson needs a document the schema
// has accepted; what does not fit is Validation and names the field.
nlohmann::json ToJson(const InstanceObject& object);
nlohmann::json ToJson(const ProviderConfigObject& object);
Result<ObjectPtr> ObjectFromJson(const nlohmann::json& json);

}  // namespace instanced
