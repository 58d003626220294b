#include "api/object/object_key.h"

#include <array>
#include <utility>

namespace instanced {
namespace {

constexpr std::array<std::pair<Kind, std::string_view>, 6> kKinds{{
    {Kind::kConnectInstance, "ConnectInstance"},
    {Kind::kSupplyChainInstance, "SupplyChainInstance"},
    {Kind::kCloudCallCenterInstance, "CloudCallCenterInstance"},
    {Kind::kOutboundBotInstance, "OutboundBotInstance"},
    {Kind::kPluginInstance, "PluginInstance"},
    {Kind::kProviderConfig, "ProviderConfig"},
}};

}  // namespace

std::string_view ToString(Kind kind) {
  for (const auto& [value, name] : kKinds) {
    if (value == kind) return name;
  }
  std::unreachable();
}

std::optional<Kind> ParseKind(std::string_view word) {
  for (const auto& [value, name] : kKinds) {
    if (name == word) return value;
  }
  return std::nullopt;
}

std::string ToString(const ObjectKey& key) {
  std::string text(ToString(key.kind));
  text.append("/").append(key.namespace_).append("/").append(key.name);
  return text;
}

std::optional<ObjectKey> ParseObjectKey(std::string_view text) {
  const auto first = text.find('/');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = text.find('/', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  const auto kind = ParseKind(text.substr(0, first));
  const auto name = text.substr(second + 1);
  if (!kind || name.empty() || name.find('/') != std::string_view::npos) return std::nullopt;
  return ObjectKey{*kind, std::string(text.substr(first + 1, second - first - 1)),
                   std::string(name)};
}

std::size_t HashOfKey(Kind kind, std::string_view namespace_, std::string_view name) noexcept {
  const std::hash<std::string_view> hash;
  std::size_t seed = hash(name);
  seed ^= hash(namespace_) + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2);
  seed ^= static_cast<std::size_t>(kind) + 0x9e3779b97f4a7c15ULL + (seed << 6) + (seed >> 2);
  return seed;
}

}  // namespace instanced
