// The name of an object: (kind, namespace, name). The only thing that is ever queued.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace instanced {

inline constexpr std::string_view kApiGroup = "instanced.dev";
inline constexpr std::string_view kApiVersion = "instanced.dev/v1alpha1";
inline constexpr std::string_view kFinalizerName = "instanced.dev/instance";

enum class Kind {
  kConnectInstance,
  kSupplyChainInstance,
  kCloudCallCenterInstance,
  kOutboundBotInstance,
  kPluginInstance,
  kProviderConfig,
};

// "ConnectInstance": the spelling of manifests.
std::string_view ToString(Kind kind);
std::optional<Kind> ParseKind(std::string_view word);

struct ObjectKey {
  Kind kind = Kind::kConnectInstance;
  std::string namespace_;
  std::string name;

  friend auto operator<=>(const ObjectKey&, const ObjectKey&) = default;
};

// "ConnectInstance/default/front-desk": logs, history, marks and brakes.
std::string ToString(const ObjectKey& key);
std::optional<ObjectKey> ParseObjectKey(std::string_view text);

// The hash of a key whose texts lie anywhere.
std::size_t HashOfKey(Kind kind, std::string_view namespace_, std::string_view name) noexcept;

struct ObjectKeyHash {
  std::size_t operator()(const ObjectKey& key) const noexcept {
    return HashOfKey(key.kind, key.namespace_, key.name);
  }
};

}  // namespace instanced
