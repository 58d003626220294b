// The spec all instance kinds share, and its canonical form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "api/error/error.h"

namespace instanced {

enum class AdoptionPolicy { kNever, kIfOwned, kByNaturalKey };
enum class DeletionPolicy { kDelete, kRetain };
enum class OnMissing { kAlert, kRecreate };
enum class OnCreateFailed { kAlert, kRecreate };
enum class ReplacePolicy { kHold, kRecreate };
enum class PreventDestroy { kNo, kYes };

enum class ManagementPolicy : std::uint8_t { kObserve = 1, kCreate = 2, kUpdate = 4, kDelete = 8 };

// A subset of Observe, Create, Update, Delete; all four by default.
class ManagementPolicies {
 public:
  constexpr ManagementPolicies() = default;
  constexpr explicit ManagementPolicies(std::uint8_t bits) : bits_(bits) {}
  constexpr bool Allows(ManagementPolicy policy) const {
    return (bits_ & static_cast<std::uint8_t>(policy)) != 0;
  }
  constexpr std::uint8_t bits() const { return bits_; }
  // Observing is always allowed; nothing else is.
  constexpr bool ObserveOnly() const { return (bits_ & 14) == 0; }
  friend bool operator==(ManagementPolicies, ManagementPolicies) = default;

 private:
  std::uint8_t bits_ = 15;
};

struct InstanceSpec {
  std::string provider_config_ref = "default";
  std::string external_name;  // empty: none declared
  AdoptionPolicy adoption_policy = AdoptionPolicy::kIfOwned;
  ManagementPolicies management_policies;
  DeletionPolicy deletion_policy = DeletionPolicy::kDelete;
  OnMissing on_missing = OnMissing::kAlert;
  OnCreateFailed on_create_failed = OnCreateFailed::kAlert;
  ReplacePolicy replace_policy = ReplacePolicy::kHold;
  PreventDestroy prevent_destroy = PreventDestroy::kNo;
  std::string plugin;  // PluginInstance only
  // Canonical JSON (sorted keys, no spaces) of spec.forProvider: compact in memory, decoded by
  // the pass that needs it.
  std::string for_provider = "{}";

  friend bool operator==(const InstanceSpec&, const InstanceSpec&) = default;
};

// From a document that the schema of api/crds has accepted and defaulted. A value of another type
// (a foreign writer) is Validation and names the field.
Result<InstanceSpec> InstanceSpecFromJson(const nlohmann::json& spec);
// The whole spec with its defaults filled in; dump() of it is the canonical form whose change
// makes a new generation.
nlohmann::json ToJson(const InstanceSpec& spec);

std::string_view ToString(AdoptionPolicy policy);
std::string_view ToString(DeletionPolicy policy);
std::string_view ToString(OnMissing policy);
std::string_view ToString(OnCreateFailed policy);
std::string_view ToString(ReplacePolicy policy);
std::string_view ToString(ManagementPolicy policy);

}  // namespace instanced
